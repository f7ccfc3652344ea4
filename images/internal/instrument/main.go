// Package instrument is the one program behind both images: environment variables and an HTTP API control it, and it
// reports what it saw. The environment variables and the API are described in the README beside the module.
package instrument

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Role is what the container is in its pod; it decides the default port and what the root path answers.
type Role string

const (
	// Serving is the container that receives the pod's requests.
	Serving Role = "serving"
	// Sidecar is any other container.
	Sidecar Role = "sidecar"
)

// Exit codes of the instrument's own failures, apart from those that a test asks for.
const (
	exitFailed        = 1
	exitMisconfigured = 2
)

// The images have no shell: this is what exec probes and init containers run.
var commands = map[string]func(settings config, args []string, stderr io.Writer) int{
	"healthcheck": healthcheck,
	"write":       writeCommand,
}

// Main runs the instrument, or the sub-command that args name, and returns the exit code of the process.
// Arguments that name no sub-command are only shown by /identity.
func Main(role Role, args []string) int {
	config, err := readConfig(role, args, os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitMisconfigured
	}
	if len(args) > 0 {
		if command, found := commands[args[0]]; found {
			return command(config, args[1:], os.Stderr)
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	return newInstrument(config, os.Stdout, os.Stderr, os.Exit).run(context.Background(), signals)
}
