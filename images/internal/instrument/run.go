package instrument

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// run serves until a signal or a failure ends it and returns the exit code. On SIGTERM no new connections are taken,
// requests in flight are answered, and then the code is 0.
func (i *instrument) run(ctx context.Context, signals <-chan os.Signal) int {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	i.announce()
	if order := i.config.exit; order != nil {
		if order.after == 0 {
			i.end(*order)
			return order.code
		}
		go i.end(*order)
	}
	go i.heed(ctx, signals, stop)
	pause(ctx, i.config.listenAfter)
	if ctx.Err() != nil {
		return 0
	}
	listeners, err := i.listen(ctx)
	if err != nil {
		i.output.err(err.Error())
		return exitFailed
	}
	if target := i.config.backgroundCall; target != "" {
		go i.callInBackground(ctx, target, i.config.backgroundInterval)
	}
	return i.serve(ctx, listeners)
}

func (i *instrument) announce() {
	if line := i.config.logLine; line != "" {
		i.output.out(line)
		i.output.err(line)
	}
	i.output.event(map[string]any{"event": "started", "identity": i.identity})
}

// heed records every signal and, unless TERM_IGNORE is set, stops the instrument after the first.
func (i *instrument) heed(ctx context.Context, signals <-chan os.Signal, stop context.CancelFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case received := <-signals:
			i.recordSignal(received)
			if !i.config.termIgnore {
				time.AfterFunc(i.config.termDelay, stop)
			}
		}
	}
}

// listen opens all listeners, or none.
func (i *instrument) listen(ctx context.Context) (listeners []net.Listener, err error) {
	open := func(network, address string) {
		if err != nil {
			return
		}
		var listener net.Listener
		if listener, err = (&net.ListenConfig{}).Listen(ctx, network, address); err == nil {
			listeners = append(listeners, listener)
		}
	}
	for _, port := range i.config.ports {
		open("tcp", net.JoinHostPort(i.config.address, strconv.Itoa(port)))
	}
	if path := i.config.unixSocket; path != "" {
		// A container that was killed leaves its socket behind.
		if removeErr := os.Remove(path); removeErr != nil && !os.IsNotExist(removeErr) {
			err = removeErr
		}
		open("unix", path)
		if err == nil {
			// Containers of one pod may run as different users.
			err = os.Chmod(path, 0o666)
		}
	}
	if port := i.config.tcpPort; port != 0 {
		open("tcp", net.JoinHostPort(i.config.address, strconv.Itoa(port)))
		if err == nil {
			raw := listeners[len(listeners)-1]
			listeners = listeners[:len(listeners)-1]
			context.AfterFunc(ctx, func() { raw.Close() })
			go echoTCP(raw)
		}
	}
	if err != nil {
		for _, listener := range listeners {
			listener.Close()
		}
	}
	return listeners, err
}

func (i *instrument) serve(ctx context.Context, listeners []net.Listener) int {
	server := &http.Server{Handler: i, Protocols: new(http.Protocols), ReadHeaderTimeout: time.Minute}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	failed := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() { failed <- server.Serve(listener) }()
	}
	select {
	case err := <-failed:
		i.output.err(err.Error())
		return exitFailed
	case <-ctx.Done():
	}
	// There is no timeout here: the platform kills what does not end in time.
	if err := server.Shutdown(context.WithoutCancel(ctx)); err != nil {
		i.output.err(err.Error())
		return exitFailed
	}
	return 0
}

// echoTCP sends every connection's bytes back until the listener is closed.
func echoTCP(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			// The peer notices that the connection broke.
			_, _ = io.Copy(connection, connection)
		}()
	}
}
