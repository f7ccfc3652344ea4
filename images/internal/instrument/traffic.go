package instrument

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The latest requests of each kind are kept; the totals count all.
const keptRequests = 1000

type received struct {
	Time     time.Time   `json:"time"`
	Method   string      `json:"method"`
	Path     string      `json:"path"`
	Query    string      `json:"query"`
	Host     string      `json:"host"`
	Remote   string      `json:"remote"`
	Local    string      `json:"local"`
	Protocol string      `json:"protocol"`
	Headers  http.Header `json:"headers"`
}

type traffic struct {
	lock        sync.Mutex
	requests    tally
	probes      tally
	inFlight    int
	inFlightMax int
}

type tally struct {
	total  int
	latest []received
}

func (t *tally) add(item received) {
	t.total++
	if len(t.latest) == keptRequests {
		t.latest = t.latest[1:]
	}
	t.latest = append(t.latest, item)
}

// arrive counts a request and returns the function to call when it has been answered.
func (t *traffic) arrive(item received, probe bool) (leave func()) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if probe {
		t.probes.add(item)
		return func() {}
	}
	t.requests.add(item)
	t.inFlight++
	t.inFlightMax = max(t.inFlightMax, t.inFlight)
	return func() {
		t.lock.Lock()
		defer t.lock.Unlock()
		t.inFlight--
	}
}

func (i *instrument) showTraffic(w http.ResponseWriter, _ *http.Request) {
	t := i.traffic
	t.lock.Lock()
	body := map[string]any{
		"total":         t.requests.total,
		"requests":      append([]received{}, t.requests.latest...),
		"probe_total":   t.probes.total,
		"probes":        append([]received{}, t.probes.latest...),
		"in_flight":     t.inFlight,
		"in_flight_max": t.inFlightMax,
	}
	t.lock.Unlock()
	answerJSON(w, http.StatusOK, body)
}

func (i *instrument) resetTraffic(w http.ResponseWriter, _ *http.Request) {
	t := i.traffic
	t.lock.Lock()
	defer t.lock.Unlock()
	t.requests, t.probes, t.inFlightMax = tally{}, tally{}, t.inFlight
	w.WriteHeader(http.StatusNoContent)
}

func newReceived(r *http.Request) received {
	local := ""
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		local = address.String()
	}
	return received{
		Time:     time.Now().UTC(),
		Method:   r.Method,
		Path:     r.URL.Path,
		Query:    r.URL.RawQuery,
		Host:     r.Host,
		Remote:   r.RemoteAddr,
		Local:    local,
		Protocol: r.Proto,
		Headers:  r.Header.Clone(),
	}
}

// isProbe reports whether a request is a health check, by its user agent or its path.
func isProbe(r *http.Request) bool {
	return strings.HasPrefix(r.UserAgent(), "kube-probe/") ||
		strings.HasPrefix(r.URL.Path, "/healthz/") ||
		strings.HasPrefix(r.URL.Path, "/grpc.health.v1.Health/")
}
