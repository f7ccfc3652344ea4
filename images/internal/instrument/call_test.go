package instrument

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func calling(target string, more ...string) string {
	query := url.Values{"url": {target}}
	for index := 0; index < len(more); index += 2 {
		query.Add(more[index], more[index+1])
	}
	return "/call?" + query.Encode()
}

func TestCallPassesTheAnswerOn(t *testing.T) {
	near, far := start(t, Serving, nil), start(t, Sidecar, nil)
	answer := get[reply](near, calling(far.url+"/status/418"))
	equal(t, answer.Status, 418)
	equal(t, answer.Body, "{\"status\":418}\n")
	equal(t, answer.Headers.Get("Content-Type"), "application/json")
	equal(t, answer.Error, "")
}

func TestCallsMayBeNested(t *testing.T) {
	first, second, third := start(t, Serving, nil), start(t, Sidecar, nil), start(t, Sidecar, environ{"RESPONSE": "last"})
	outer := get[reply](first, calling(second.url+calling(third.url+"/")))
	equal(t, decode[reply](t, outer.Body).Body, "last\n")
}

func TestCallSendsWhatItIsTold(t *testing.T) {
	near, far := start(t, Serving, nil), start(t, Sidecar, nil)
	path := calling(far.url+"/echo", "method", "PUT", "body", "text", "header", "X-One: 1", "header", "Host: other.example")
	echoed := decode[struct {
		Method, Host, Body string
		Headers            http.Header
	}](t, get[reply](near, path).Body)
	equal(t, echoed.Method, "PUT")
	equal(t, echoed.Host, "other.example")
	equal(t, echoed.Body, "text")
	equal(t, echoed.Headers.Get("X-One"), "1")
}

func TestCallSpeaksHTTP2(t *testing.T) {
	near, far := start(t, Serving, nil), start(t, Sidecar, nil)
	equal(t, get[reply](near, calling(far.url+"/", "protocol", "h2c")).Protocol, "HTTP/2.0")
	equal(t, get[reply](near, calling(far.url+"/")).Protocol, "HTTP/1.1")
}

func TestCallFollowsNoRedirect(t *testing.T) {
	near, far := start(t, Serving, nil), start(t, Sidecar, nil)
	equal(t, get[reply](near, calling(far.url+"/healthz//ready")).Status, http.StatusTemporaryRedirect)
}

func TestCallTellsWhatWentWrong(t *testing.T) {
	s := start(t, Serving, nil)
	failed := decode[reply](t, s.expect("GET", calling("http://127.0.0.1:"+freePort(t)+"/"), "", 502))
	equal(t, failed.Status, 0)
	contains(t, failed.Error, "connection refused")
	contains(t, s.expect("GET", calling(s.url+"/slow?seconds=5", "timeout", "0.05"), "", 502), "deadline exceeded")
	contains(t, s.expect("GET", calling(s.url+"/bytes?n=1048577"), "", 502), "longer than 1 MiB")
	s.expect("GET", "/call", "", 400)
}

func TestBackgroundCallsAreCounted(t *testing.T) {
	far := start(t, Serving, nil)
	s := newSubject(t, Sidecar, nil)
	go s.callInBackground(t.Context(), far.url+"/noise", time.Millisecond)
	waitFor(t, func() string { return far.stdout.String() }, "/noise")
	near := start(t, Sidecar, nil)
	near.backgroundCalls.add(reply{})
	near.backgroundCalls.add(reply{Error: "refused"})
	counts := get[map[string]any](near, "/background")
	equal(t, counts["total"], any(2.0))
	equal(t, counts["failed"], any(1.0))
}
