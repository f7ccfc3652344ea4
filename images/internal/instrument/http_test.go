package instrument

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestSidecarAnswersItsResponseAtTheRoot(t *testing.T) {
	equal(t, start(t, Sidecar, nil).expect("GET", "/", "", 200), "Yay!! multi-container works\n")
	equal(t, start(t, Sidecar, environ{"RESPONSE": "two"}).expect("GET", "/", "", 200), "two\n")
}

func TestServingPassesOnTheSidecarsAnswer(t *testing.T) {
	sidecar := start(t, Sidecar, environ{"RESPONSE": "from the sidecar"})
	serving := start(t, Serving, environ{"FORWARD_PORT": sidecar.port()})
	equal(t, serving.expect("GET", "/", "", 200), "from the sidecar\n")
}

func TestServingPassesOnTheSidecarsStatus(t *testing.T) {
	sidecar := httptest.NewServer(http.HandlerFunc(sendStatus))
	t.Cleanup(sidecar.Close)
	parsed, err := url.Parse(sidecar.URL)
	if err != nil {
		t.Fatal(err)
	}
	serving := start(t, Serving, environ{"FORWARD_PORT": parsed.Port()})
	contains(t, serving.expect("GET", "/", "", 400), "expected an HTTP status")
}

func TestServingTellsWhyTheSidecarDidNotAnswer(t *testing.T) {
	serving := start(t, Serving, environ{"FORWARD_PORT": freePort(t)})
	contains(t, serving.expect("GET", "/", "", 502), "connection refused")
}

func TestIdentity(t *testing.T) {
	t.Setenv("K_REVISION", "rev-1")
	first := start(t, Sidecar, environ{"CONTAINER_NAME": "helper"})
	who := get[identity](first, "/identity")
	equal(t, who.Container, "helper")
	equal(t, who.Role, Sidecar)
	equal(t, who.Revision, "rev-1")
	equal(t, who.PID, os.Getpid())
	if second := get[identity](start(t, Sidecar, nil), "/identity"); second.Boot == who.Boot {
		t.Fatal("expected another boot id after another start")
	}
}

func TestEveryAnswerNamesTheContainer(t *testing.T) {
	response, err := http.Get(start(t, Sidecar, environ{"CONTAINER_NAME": "helper"}).url + "/nothing")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	equal(t, response.StatusCode, 404)
	equal(t, response.Header.Get("Instrument-Container"), "helper")
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, response.Header.Get("Instrument-Pod"), hostname)
}

func TestEchoLeavesTheRequestAsItCame(t *testing.T) {
	s := start(t, Serving, nil)
	status, text := s.send("PATCH", "/echo/a//b%2Fc/../d?x=%20", "body", "X-One", "1")
	equal(t, status, 200)
	echoed := decode[struct {
		Method, URI, Body, Protocol string
		Headers                     http.Header
		Size                        int    `json:"body_size"`
		Sum                         string `json:"body_sha256"`
	}](t, text)
	equal(t, echoed.Method, "PATCH")
	equal(t, echoed.URI, "/echo/a//b%2Fc/../d?x=%20")
	equal(t, echoed.Body, "body")
	equal(t, echoed.Size, 4)
	equal(t, echoed.Sum, "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5")
	equal(t, echoed.Headers.Get("X-One"), "1")
	equal(t, echoed.Protocol, "HTTP/1.1")
}

func TestStatusIsWhatIsAskedFor(t *testing.T) {
	s := start(t, Serving, nil)
	s.expect("GET", "/status/418", "", 418)
	s.expect("POST", "/status/503", "", 503)
	s.expect("GET", "/status/99", "", 400)
}

func TestBytes(t *testing.T) {
	s := start(t, Serving, nil)
	equal(t, s.expect("GET", "/bytes?n=18", "", 200), "0123456789abcdef01")
	equal(t, len(s.expect("GET", "/bytes?n=200000", "", 200)), 200000)
	s.expect("GET", "/bytes?n=-1", "", 400)
}

func TestEventsArriveOneByOne(t *testing.T) {
	response, err := http.Get(start(t, Serving, nil).url + "/events?count=2&interval_ms=1000")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	equal(t, response.Header.Get("Content-Type"), "text/event-stream")
	var arrived []time.Time
	scanner := bufio.NewScanner(response.Body)
	for scanner.Scan() {
		if strings.HasPrefix(scanner.Text(), "data:") {
			arrived = append(arrived, time.Now())
		}
	}
	equal(t, len(arrived), 2)
	if gap := arrived[1].Sub(arrived[0]); gap < 100*time.Millisecond {
		t.Fatalf("expected 1 s between the events, got %v: they were held back", gap)
	}
}

func TestWebSocketEchoes(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	connection, _, err := websocket.Dial(ctx, start(t, Serving, nil).url+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.CloseNow()
	for _, sent := range []string{"one", "two"} {
		if err := connection.Write(ctx, websocket.MessageText, []byte(sent)); err != nil {
			t.Fatal(err)
		}
		_, message, err := connection.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, string(message), sent)
	}
}

func TestSlowCallsAtItsEnd(t *testing.T) {
	sidecar := start(t, Sidecar, nil)
	serving := start(t, Serving, nil)
	text := serving.expect("GET", "/slow?seconds=0.05&then="+url.QueryEscape(sidecar.url+"/"), "", 200)
	answer := decode[struct {
		Seconds float64
		Then    reply
	}](t, text)
	if answer.Seconds < 0.05 {
		t.Fatal(answer.Seconds)
	}
	equal(t, answer.Then.Body, "Yay!! multi-container works\n")
	serving.expect("GET", "/slow?seconds=0&then=http://127.0.0.1:"+freePort(t), "", 502)
	serving.expect("GET", "/slow?seconds=soon", "", 400)
}

func TestAllocateKeepsWhatItTakes(t *testing.T) {
	s := start(t, Serving, nil)
	s.expect("POST", "/allocate?mib=2", "", 200)
	taken := s.hoard[0]
	equal(t, len(taken), 2<<20)
	equal(t, taken[len(taken)-os.Getpagesize()], 1) // each page was touched
}

func TestRequestsAreLoggedAsOneLineEach(t *testing.T) {
	s := start(t, Serving, environ{"CONTAINER_NAME": "app"})
	s.expect("GET", "/status/418?a=b", "", 418)
	logged := waitFor(t, func() string { return s.stdout.String() }, "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(logged), &line); err != nil {
		t.Fatal(logged, err)
	}
	equal(t, line["path"], any("/status/418"))
	equal(t, line["query"], any("a=b"))
	equal(t, line["status"], any(418.0))
	equal(t, line["container"], any("app"))
}

func TestLinesAreLoggedOnRequest(t *testing.T) {
	s := start(t, Serving, nil)
	s.expect("POST", "/log?line=to+out", "", 204)
	s.expect("POST", "/log?line=to+err&stream=stderr", "", 204)
	s.expect("POST", "/log?line=x&stream=x", "", 400)
	contains(t, s.stdout.String(), "to out\n")
	equal(t, s.stderr.String(), "to err\n")
}

// waitFor returns the text once it has the part.
func waitFor(t *testing.T, read func() string, part string) string {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if text := read(); strings.Contains(text, part) {
			return text
		}
	}
	t.Fatalf("expected %q within 5 s, got %q", part, read())
	return ""
}
