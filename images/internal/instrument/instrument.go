package instrument

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// instrument is one running program: its settings, its switches and what it has seen.
type instrument struct {
	config   config
	identity identity
	checks   map[string]*check
	traffic  *traffic
	output   *output
	exit     func(code int)
	grpc     *grpc.Server
	routes   *http.ServeMux

	backgroundCalls *backgroundCalls

	hoardLock sync.Mutex
	hoard     [][]byte
}

func newInstrument(settings config, stdout, stderr io.Writer, exit func(code int)) *instrument {
	now := time.Now()
	i := &instrument{
		config:          settings,
		identity:        newIdentity(settings, now),
		checks:          map[string]*check{},
		traffic:         &traffic{},
		output:          &output{stdout: stdout, stderr: stderr},
		exit:            exit,
		backgroundCalls: &backgroundCalls{},
	}
	for name, initial := range settings.checks {
		i.checks[name] = newCheck(initial, now)
	}
	i.grpc = newGRPC(i)
	i.routes = i.newRoutes()
	return i
}

func (i *instrument) newRoutes() *http.ServeMux {
	routes := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /{$}":             i.root,
		"GET /identity":        i.showIdentity,
		"GET /call":            i.relay,
		"GET /requests":        i.showTraffic,
		"POST /reset":          i.resetTraffic,
		"GET /background":      i.showBackground,
		"GET /healthz/ready":   i.probe("readiness"),
		"GET /healthz/live":    i.probe("liveness"),
		"GET /healthz/startup": i.probe("startup"),
		"PUT /readiness":       i.switchCheck("readiness"),
		"PUT /liveness":        i.switchCheck("liveness"),
		"PUT /startup":         i.switchCheck("startup"),
		"POST /exit":           i.orderExit,
		"POST /allocate":       i.allocate,
		"POST /log":            i.logLine,
		"GET /env":             showEnvironment,
		"GET /user":            showUser,
		"GET /mounts":          showMounts,
		"GET /processes":       showProcesses,
		"GET /stdin":           showStdin,
		"GET /file":            readFile,
		"PUT /file":            writeFile,
		"DELETE /file":         removeFile,
		"GET /slow":            slow,
		"GET /bytes":           sendBytes,
		"GET /events":          sendEvents,
		"GET /ws":              echoWebSocket,
		"/status/{code}":       sendStatus,
	} {
		routes.HandleFunc(pattern, handler)
	}
	return routes
}

// ServeHTTP answers every protocol that a port speaks: HTTP/1.1, HTTP/2 without TLS and gRPC over it.
func (i *instrument) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Instrument-Container", i.config.container)
	w.Header().Set("Instrument-Boot", i.identity.Boot)
	w.Header().Set("Instrument-Pod", i.identity.Pod)
	if r.URL.Path == "/requests" || r.URL.Path == "/reset" {
		// Reading the counters must not change them.
		i.routes.ServeHTTP(w, r)
		return
	}
	i.observe(w, r, i.dispatch)
}

func (i *instrument) dispatch(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
		i.grpc.ServeHTTP(w, r)
	case r.URL.Path == "/echo" || strings.HasPrefix(r.URL.Path, "/echo/"):
		// Past the multiplexer, which would redirect paths that are not clean.
		echo(w, r)
	default:
		i.routes.ServeHTTP(w, r)
	}
}
