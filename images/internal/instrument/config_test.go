package instrument

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPortComesFromTheMostSpecificVariable(t *testing.T) {
	for _, test := range []struct {
		role Role
		env  environ
		port int
	}{
		{Serving, environ{}, 8881},
		{Sidecar, environ{}, 8882},
		{Serving, environ{"PORT": "80"}, 80},
		{Sidecar, environ{"PORT": "80", "LISTEN_PORT": "81"}, 81},
	} {
		equal(t, configure(t, test.role, test.env).ports[0], test.port)
	}
}

func TestExtraPortsAreAdded(t *testing.T) {
	ports := configure(t, Sidecar, environ{"EXTRA_PORTS": "9000, 9001"}).ports
	if !slices.Equal(ports, []int{8882, 9000, 9001}) {
		t.Fatal(ports)
	}
}

func TestAllThatIsWrongIsReportedAtOnce(t *testing.T) {
	env := environ{
		"PORT": "0", "EXTRA_PORTS": "70000", "READY": "yes", "LISTEN_AFTER": "-1", "EXIT_CODE": "256",
		"LIVE_DELAY_MS": "NaN", "PROBE_HEADER": "X-Probe", "TERM_DELAY": "1e300",
	}
	_, err := readConfig(Serving, nil, func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("expected an error")
	}
	for name := range env {
		contains(t, err.Error(), name+"=")
	}
	equal(t, len(strings.Split(err.Error(), "\n")), len(env)+1) // PORT is named as no port, and as not one port
}

func TestAnExitNeedsItsCode(t *testing.T) {
	_, err := readConfig(Serving, nil, func(name string) string { return environ{"EXIT_AFTER": "1"}[name] })
	if err == nil {
		t.Fatal("expected EXIT_AFTER without EXIT_CODE to be refused")
	}
}

func TestDurationsMayHaveFractions(t *testing.T) {
	equal(t, configure(t, Serving, environ{"LISTEN_AFTER": "0.25"}).listenAfter, 250*time.Millisecond)
}
