package instrument

import (
	"fmt"
	"net/http"
	"testing"
)

type shownTraffic struct {
	Total       int
	Requests    []received
	ProbeTotal  int `json:"probe_total"`
	Probes      []received
	InFlight    int `json:"in_flight"`
	InFlightMax int `json:"in_flight_max"`
}

func TestRequestsAreListed(t *testing.T) {
	s := start(t, Serving, nil)
	s.send("POST", "/echo?a=b", "", "X-One", "1")
	seen := get[shownTraffic](s, "/requests")
	equal(t, seen.Total, 1)
	equal(t, seen.Requests[0].Method, "POST")
	equal(t, seen.Requests[0].Path, "/echo")
	equal(t, seen.Requests[0].Query, "a=b")
	equal(t, seen.Requests[0].Headers.Get("X-One"), "1")
	equal(t, seen.Requests[0].Local, "127.0.0.1:"+s.port())
	equal(t, get[shownTraffic](s, "/requests").Total, 1) // looking does not count
}

func TestProbesAreCountedApart(t *testing.T) {
	s := start(t, Serving, nil)
	s.send("GET", "/", "", "User-Agent", "kube-probe/1.37")
	s.send("GET", "/healthz/ready", "")
	seen := get[shownTraffic](s, "/requests")
	equal(t, seen.Total, 0)
	equal(t, seen.ProbeTotal, 2)
	equal(t, seen.Probes[0].Headers.Get("User-Agent"), "kube-probe/1.37")
	equal(t, seen.InFlightMax, 0)
}

func TestResetForgets(t *testing.T) {
	s := start(t, Serving, nil)
	s.expect("GET", "/user", "", 200)
	s.expect("POST", "/reset", "", 204)
	seen := get[shownTraffic](s, "/requests")
	equal(t, seen.Total, 0)
	equal(t, seen.InFlightMax, 0)
}

func TestMostRequestsInFlightAreRemembered(t *testing.T) {
	s := start(t, Serving, nil)
	done := make(chan error)
	for range 3 {
		go func() {
			response, err := http.Get(s.url + "/slow?seconds=0.08")
			if err == nil {
				response.Body.Close()
			}
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	s.expect("GET", "/user", "", 200)
	equal(t, get[shownTraffic](s, "/requests").InFlightMax, 3)
}

func TestOnlyTheLatestRequestsAreKept(t *testing.T) {
	seen := traffic{}
	for number := range keptRequests + 5 {
		seen.arrive(received{Path: fmt.Sprint(number)}, false)()
	}
	equal(t, seen.requests.total, keptRequests+5)
	equal(t, len(seen.requests.latest), keptRequests)
	equal(t, seen.requests.latest[0].Path, "5")
	equal(t, seen.inFlightMax, 1)
	equal(t, seen.inFlight, 0)
}
