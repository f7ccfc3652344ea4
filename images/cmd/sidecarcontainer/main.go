// Command sidecarcontainer is the instrument in the sidecar container's role.
package main

import (
	"os"

	"knative-multicontainer-conformance/images/internal/instrument"
)

func main() {
	os.Exit(instrument.Main(instrument.Sidecar, os.Args[1:]))
}
