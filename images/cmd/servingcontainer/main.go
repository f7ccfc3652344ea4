// Command servingcontainer is the instrument in the serving container's role.
package main

import (
	"os"

	"knative-multicontainer-conformance/images/internal/instrument"
)

func main() {
	os.Exit(instrument.Main(instrument.Serving, os.Args[1:]))
}
