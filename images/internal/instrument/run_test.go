package instrument

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// launched is an instrument that listens by itself.
type launched struct {
	*subject
	signals chan os.Signal
	code    chan int
}

func launch(t *testing.T, env environ) *launched {
	t.Helper()
	settings := environ{"LISTEN_ADDRESS": "127.0.0.1", "LISTEN_PORT": freePort(t)}
	for name, value := range env {
		settings[name] = value
	}
	l := &launched{newSubject(t, Sidecar, settings), make(chan os.Signal, 1), make(chan int, 1)}
	l.url = "http://127.0.0.1:" + settings["LISTEN_PORT"]
	go func() { l.code <- l.run(t.Context(), l.signals) }()
	return l
}

func (l *launched) untilListening() *launched {
	l.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if response, err := http.Get(l.url + "/healthz/live"); err == nil {
			response.Body.Close()
			return l
		}
	}
	l.Fatal("expected the instrument to listen within 5 s")
	return nil
}

func (l *launched) ends(code int) {
	l.Helper()
	select {
	case got := <-l.code:
		equal(l.T, got, code)
	case <-time.After(5 * time.Second):
		l.Fatal("expected the instrument to end within 5 s")
	}
}

func TestTerminationIsRecordedAndEndsWithZero(t *testing.T) {
	path := filepath.Join(t.TempDir(), "term")
	l := launch(t, environ{"TERM_LOG": path, "CONTAINER_NAME": "helper"}).untilListening()
	l.signals <- syscall.SIGTERM
	l.ends(0)
	contains(t, l.stdout.String(), `"event":"signal"`)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(content), " helper terminated\n")
}

func TestRequestsInFlightAreAnsweredAtTheEnd(t *testing.T) {
	l := launch(t, nil).untilListening()
	status := make(chan int)
	go func() {
		code, _ := l.send("GET", "/slow?seconds=1", "")
		status <- code
	}()
	waitFor(t, func() string { return get[shownTraffic](l.subject, "/requests").describe() }, "1 in flight")
	l.signals <- syscall.SIGTERM
	equal(t, <-status, 200)
	l.ends(0)
}

func (s shownTraffic) describe() string {
	if s.InFlight == 1 {
		return "1 in flight"
	}
	return "idle"
}

func TestTerminationMayBeDelayedOrIgnored(t *testing.T) {
	for _, env := range []environ{{"TERM_DELAY": "60"}, {"TERM_IGNORE": "true"}} {
		l := launch(t, env).untilListening()
		l.signals <- syscall.SIGTERM
		waitFor(t, func() string { return l.stdout.String() }, `"event":"signal"`)
		time.Sleep(20 * time.Millisecond)
		l.expect("GET", "/identity", "", 200)
	}
}

func TestATakenPortEndsTheInstrument(t *testing.T) {
	first := launch(t, nil).untilListening()
	second := launch(t, environ{"LISTEN_PORT": first.port()})
	second.ends(1)
	contains(t, second.stderr.String(), "address already in use")
}

func TestListeningMayStartLate(t *testing.T) {
	started := time.Now()
	launch(t, environ{"LISTEN_AFTER": "0.08"}).untilListening()
	if took := time.Since(started); took < 80*time.Millisecond {
		t.Fatalf("expected no listener for 80 ms, but it was there after %v", took)
	}
}

func TestASignalBeforeListeningEndsToo(t *testing.T) {
	l := launch(t, environ{"LISTEN_AFTER": "60"})
	l.signals <- syscall.SIGTERM
	l.ends(0)
}

func TestOtherListeners(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	extra, raw := freePort(t), freePort(t)
	l := launch(t, environ{"UNIX_SOCKET": socket, "EXTRA_PORTS": extra, "TCP_PORT": raw}).untilListening()
	caller := start(t, Serving, nil)
	boot := l.identity.Boot
	for _, path := range []string{
		calling("http://127.0.0.1:" + extra + "/"),
		calling("http://localhost/", "socket", socket),
	} {
		equal(t, get[reply](caller, path).Headers.Get("Instrument-Boot"), boot)
	}
	equal(t, get[reply](caller, calling("tcp://127.0.0.1:"+raw, "body", "raw text")).Body, "raw text")
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, environ{"UNIX_SOCKET": socket}).untilListening()
	state, err := stat(socket)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, state.Kind, "socket")
	equal(t, state.Mode, "Srw-rw-rw-")
}

func TestExitAtOnceOpensNoPort(t *testing.T) {
	l := launch(t, environ{"EXIT_CODE": "7", "EXIT_MESSAGE": "cannot go on"})
	l.ends(7)
	equal(t, <-l.exits, 7)
	equal(t, l.stderr.String(), "cannot go on\n")
}

func TestExitMayComeLater(t *testing.T) {
	l := launch(t, environ{"EXIT_CODE": "0", "EXIT_AFTER": "0.09"}).untilListening()
	equal(t, <-l.exits, 0)
}

func TestExitOnRequest(t *testing.T) {
	s := start(t, Sidecar, nil)
	s.expect("POST", "/exit?code=3&message="+url.QueryEscape("told to"), "", 202)
	equal(t, <-s.exits, 3)
	equal(t, s.stderr.String(), "told to\n")
	s.expect("POST", "/exit", "", 400)
}

func TestTheAnswerToAnExitIsWholeBeforeTheExit(t *testing.T) {
	answer := httptest.NewRecorder()
	sent := make(chan bool, 1)
	i := &instrument{exit: func(int) { sent <- answer.Flushed }}
	i.orderExit(answer, httptest.NewRequest(http.MethodPost, "/exit?code=3", nil))
	equal(t, <-sent, true)
	equal(t, answer.Header().Get("Content-Length"), strconv.Itoa(answer.Body.Len()))
}

func TestTheStartIsAnnounced(t *testing.T) {
	l := launch(t, environ{"LOG_LINE": "hello log"}).untilListening()
	contains(t, l.stdout.String(), "hello log\n{\"event\":\"started\"")
	equal(t, l.stderr.String(), "hello log\n")
}
