package instrument

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	healthcheckUsage   = "usage: healthcheck ready|live|startup, or healthcheck file PATH"
	healthcheckTimeout = 5 * time.Second
)

// healthcheck is for exec probes: 0 when healthy, 1 when not, 2 when misused.
func healthcheck(settings config, args []string, stderr io.Writer) int {
	var err error
	switch strings.Join(args[:min(1, len(args))], "") {
	case "ready", "live", "startup":
		err = askSelf(settings, "/healthz/"+args[0])
	case "file":
		if len(args) != 2 {
			fmt.Fprintln(stderr, healthcheckUsage)
			return exitMisconfigured
		}
		_, err = os.Stat(args[1])
	default:
		fmt.Fprintln(stderr, healthcheckUsage)
		return exitMisconfigured
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return 0
}

func askSelf(settings config, path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthcheckTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, settings.ownURL(path), nil)
	if err != nil {
		return err
	}
	for name, values := range settings.probeHeader {
		request.Header[name] = values
	}
	request.Header.Set("User-Agent", "healthcheck")
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if !isHealthy(response.StatusCode) {
		return fmt.Errorf("%s answered %s, expected 200 to 399", path, response.Status)
	}
	return nil
}
