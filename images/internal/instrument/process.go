package instrument

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func showEnvironment(w http.ResponseWriter, _ *http.Request) {
	variables := map[string]string{}
	for _, line := range os.Environ() {
		name, value, _ := strings.Cut(line, "=")
		variables[name] = value
	}
	answerJSON(w, http.StatusOK, variables)
}

// showUser reports the user, groups and capabilities of the process, as the kernel has them.
func showUser(w http.ResponseWriter, _ *http.Request) {
	status, err := processStatus()
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error()})
		return
	}
	groups := []int{}
	for text := range strings.FieldsSeq(status["Groups"]) {
		if group, err := strconv.Atoi(text); err == nil {
			groups = append(groups, group)
		}
	}
	answerJSON(w, http.StatusOK, map[string]any{
		"uid":          os.Getuid(),
		"gid":          os.Getgid(),
		"groups":       groups,
		"no_new_privs": status["NoNewPrivs"] == "1",
		"seccomp":      map[string]string{"0": "disabled", "1": "strict", "2": "filter"}[status["Seccomp"]],
		"capabilities": map[string]string{
			"inheritable": status["CapInh"],
			"permitted":   status["CapPrm"],
			"effective":   status["CapEff"],
			"bounding":    status["CapBnd"],
			"ambient":     status["CapAmb"],
		},
	})
}

func processStatus() (map[string]string, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields, nil
}

type mount struct {
	Path    string   `json:"path"`
	Type    string   `json:"type"`
	Options []string `json:"options"`
}

// showMounts answers with the mounts, or those at a path. Answers are published: what names a place of the node, such
// as a mount's source or the layers of an overlay, stays out.
func showMounts(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open("/proc/self/mounts")
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error()})
		return
	}
	defer file.Close()
	mounts, path := []mount{}, r.URL.Query().Get("path")
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) >= 4 && (path == "" || path == fields[1]) {
			mounts = append(mounts, mount{Path: fields[1], Type: fields[2], Options: publicOptions(fields[3])})
		}
	}
	if err := lines.Err(); err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error()})
		return
	}
	answerJSON(w, http.StatusOK, mounts)
}

// publicOptions returns the options that are flags, and the size.
func publicOptions(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(option string) bool {
		name, _, hasValue := strings.Cut(option, "=")
		return hasValue && name != "size"
	})
}

type process struct {
	PID     int      `json:"pid"`
	Command []string `json:"command"`
}

// showProcesses lists the processes that are visible in the container.
func showProcesses(w http.ResponseWriter, _ *http.Request) {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error()})
		return
	}
	processes := []process{}
	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		line, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		command := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
		processes = append(processes, process{PID: pid, Command: command})
	}
	answerJSON(w, http.StatusOK, processes)
}

func showStdin(w http.ResponseWriter, _ *http.Request) {
	state, err := inputState(int(os.Stdin.Fd()))
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error(), Errno: errnoName(err)})
		return
	}
	_, err = unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	answerJSON(w, http.StatusOK, map[string]any{"state": state, "tty": err == nil})
}

// inputState is open (nothing to read now), data (a byte was there and is taken), eof or closed.
func inputState(descriptor int) (string, error) {
	polled := []unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}
	if _, err := unix.Poll(polled, 0); err != nil {
		return "", fmt.Errorf("poll: %w", err)
	}
	switch {
	case polled[0].Revents&unix.POLLNVAL != 0:
		return "closed", nil
	case polled[0].Revents&(unix.POLLIN|unix.POLLHUP) == 0:
		return "open", nil
	}
	count, err := unix.Read(descriptor, make([]byte, 1))
	if err != nil {
		return "", fmt.Errorf("read: %w", err)
	}
	if count == 0 {
		return "eof", nil
	}
	return "data", nil
}
