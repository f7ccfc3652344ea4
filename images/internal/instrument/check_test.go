package instrument

import (
	"testing"
	"time"
)

var checkPaths = map[string]string{
	"/readiness": "/healthz/ready", "/liveness": "/healthz/live", "/startup": "/healthz/startup",
}

func TestChecksAreSwitchedOneByOne(t *testing.T) {
	for control, path := range checkPaths {
		s := start(t, Serving, nil)
		s.expect("PUT", control+"?status=503", "", 204)
		for _, other := range checkPaths {
			expected := 200
			if other == path {
				expected = 503
			}
			s.expect("GET", other, "", expected)
		}
		s.expect("PUT", control+"?status=200", "", 204)
		s.expect("GET", path, "", 200)
	}
}

func TestSwitchNeedsAStatus(t *testing.T) {
	start(t, Serving, nil).expect("PUT", "/readiness", "", 400)
}

func TestChecksStartAsConfigured(t *testing.T) {
	s := start(t, Serving, environ{"READY": "false", "LIVE_AFTER": "60", "STARTUP": "true"})
	s.expect("GET", "/healthz/ready", "", 503)
	s.expect("GET", "/healthz/live", "", 503)
	s.expect("GET", "/healthz/startup", "", 200)
}

func TestAChecksDelayEnds(t *testing.T) {
	started := time.Now()
	s := start(t, Serving, environ{"LIVE_AFTER": "0.09"})
	waitFor(t, func() string {
		_, text := s.send("GET", "/healthz/live", "")
		return text
	}, `"status":200`)
	if took := time.Since(started); took < 90*time.Millisecond {
		t.Fatalf("expected the check to fail for 90 ms, but it passed after %v", took)
	}
}

func TestASwitchEndsTheDelayedStart(t *testing.T) {
	s := start(t, Serving, environ{"READY_AFTER": "60"})
	s.expect("PUT", "/readiness?status=200", "", 204)
	s.expect("GET", "/healthz/ready", "", 200)
}

func TestChecksMayBeSlow(t *testing.T) {
	s := start(t, Serving, environ{"READY_DELAY_MS": "60"})
	started := time.Now()
	s.expect("GET", "/healthz/ready", "", 200)
	if took := time.Since(started); took < 60*time.Millisecond {
		t.Fatal(took)
	}
}

func TestProbesMayHaveToCarryAHeader(t *testing.T) {
	s := start(t, Serving, environ{"PROBE_HEADER": "X-Probe: secret"})
	contains(t, s.expect("GET", "/healthz/ready", "", 403), "X-Probe: secret")
	status, _ := s.send("GET", "/healthz/ready", "", "X-Probe", "secret")
	equal(t, status, 200)
}

func TestHealthcheckAsksTheInstrumentItself(t *testing.T) {
	env := environ{"PROBE_HEADER": "X-Probe: secret"}
	s := start(t, Serving, env)
	settings := configure(t, Serving, environ{"LISTEN_PORT": s.port(), "PROBE_HEADER": env["PROBE_HEADER"]})
	equal(t, healthcheck(settings, []string{"ready"}, s.stderr), 0)
	s.expect("PUT", "/readiness?status=503", "", 204)
	equal(t, healthcheck(settings, []string{"ready"}, s.stderr), 1)
	contains(t, s.stderr.String(), "/healthz/ready answered 503")
	equal(t, healthcheck(settings, []string{"live"}, s.stderr), 0)
}

func TestHealthcheckLooksForAFile(t *testing.T) {
	out := &lines{}
	equal(t, healthcheck(config{}, []string{"file", t.TempDir()}, out), 0)
	equal(t, healthcheck(config{}, []string{"file", t.TempDir() + "/absent"}, out), 1)
	for _, misuse := range [][]string{{}, {"file"}, {"other"}} {
		equal(t, healthcheck(config{}, misuse, out), 2)
	}
}
