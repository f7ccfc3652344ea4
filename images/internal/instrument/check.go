package instrument

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// check is one switchable health check.
type check struct {
	lock   sync.Mutex
	status int
	from   time.Time
	delay  time.Duration
}

func newCheck(initial checkConfig, started time.Time) *check {
	status := http.StatusOK
	if !initial.passing {
		status = http.StatusServiceUnavailable
	}
	return &check{status: status, from: started.Add(initial.after), delay: initial.delay}
}

// ask waits for the check's delay and returns its status.
func (c *check) ask(ctx context.Context) int {
	c.lock.Lock()
	status, from, delay := c.status, c.from, c.delay
	c.lock.Unlock()
	if time.Now().Before(from) {
		status = http.StatusServiceUnavailable
	}
	pause(ctx, delay)
	return status
}

// set changes the status and the delay.
func (c *check) set(status int, delay time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.status, c.from, c.delay = status, time.Time{}, delay
}

func isHealthy(status int) bool {
	return status >= http.StatusOK && status < http.StatusBadRequest
}

func (i *instrument) probe(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for header, expected := range i.config.probeHeader {
			if !slices.Contains(r.Header.Values(header), expected[0]) {
				answerJSON(w, http.StatusForbidden, failure{Error: "expected the header " + header + ": " + expected[0]})
				return
			}
		}
		status := i.checks[name].ask(r.Context())
		answerJSON(w, status, map[string]any{"check": name, "status": status})
	}
}

func (i *instrument) switchCheck(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text := r.URL.Query().Get("status")
		status, err := strconv.Atoi(text)
		if err != nil || status < http.StatusOK || status > 599 {
			answerBadRequest(w, "status=%q: expected an HTTP status from 200 to 599", text)
			return
		}
		delay, ok := queryDuration(w, r, "delay_ms", 0, time.Millisecond)
		if !ok {
			return
		}
		i.checks[name].set(status, delay)
		w.WriteHeader(http.StatusNoContent)
	}
}

// pause returns after the duration, or at once when the context ends.
func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
