package instrument

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type config struct {
	role       Role
	args       []string
	container  string
	response   string
	forwardURL string

	address     string
	ports       []int
	listenAfter time.Duration
	unixSocket  string
	tcpPort     int

	checks      map[string]checkConfig
	probeHeader http.Header

	exit *exitOrder

	termLog    string
	termDelay  time.Duration
	termIgnore bool

	backgroundCall     string
	backgroundInterval time.Duration
	logLine            string
}

// checkConfig is the initial behaviour of a health check.
type checkConfig struct {
	passing bool
	after   time.Duration
	delay   time.Duration
}

// exitOrder is a requested exit.
type exitOrder struct {
	code    int
	after   time.Duration
	message string
}

// The health checks, by the name that their paths and gRPC services have, and the prefix of their variables.
var checkPrefixes = map[string]string{"readiness": "READY", "liveness": "LIVE", "startup": "STARTUP"}

var defaultPorts = map[Role]int{Serving: 8881, Sidecar: 8882}

// readConfig reads every variable, so that one start reports all that are wrong.
func readConfig(role Role, args []string, lookup func(string) string) (config, error) {
	env := &environment{lookup: lookup}
	port := env.port("LISTEN_PORT", env.port("PORT", defaultPorts[role]))
	settings := config{
		role:               role,
		args:               args,
		container:          cmp.Or(lookup("CONTAINER_NAME"), string(role)+"container"),
		response:           cmp.Or(lookup("RESPONSE"), "Yay!! multi-container works"),
		forwardURL:         "http://127.0.0.1:" + strconv.Itoa(env.port("FORWARD_PORT", defaultPorts[Sidecar])) + "/",
		address:            lookup("LISTEN_ADDRESS"),
		ports:              append([]int{port}, env.ports("EXTRA_PORTS")...),
		listenAfter:        env.seconds("LISTEN_AFTER"),
		unixSocket:         lookup("UNIX_SOCKET"),
		tcpPort:            env.port("TCP_PORT", 0),
		checks:             map[string]checkConfig{},
		probeHeader:        env.header("PROBE_HEADER"),
		exit:               env.exit(),
		termLog:            lookup("TERM_LOG"),
		termDelay:          env.seconds("TERM_DELAY"),
		termIgnore:         env.boolean("TERM_IGNORE", false),
		backgroundCall:     lookup("BACKGROUND_CALL"),
		backgroundInterval: env.milliseconds("BACKGROUND_INTERVAL_MS", time.Second),
		logLine:            lookup("LOG_LINE"),
	}
	for name, prefix := range checkPrefixes {
		settings.checks[name] = checkConfig{
			passing: env.boolean(prefix, true),
			after:   env.seconds(prefix + "_AFTER"),
			delay:   env.milliseconds(prefix+"_DELAY_MS", 0),
		}
	}
	return settings, env.problem()
}

// ownURL is where the instrument reaches itself.
func (c config) ownURL(path string) string {
	host := cmp.Or(c.address, "127.0.0.1")
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(c.ports[0])) + "/" + strings.TrimPrefix(path, "/")
}
