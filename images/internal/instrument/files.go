package instrument

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fileState describes a path. Directories, and files longer than 1 MiB, have no content.
type fileState struct {
	Path     string    `json:"path"`
	Kind     string    `json:"kind"`
	Mode     string    `json:"mode"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	UID      uint32    `json:"uid"`
	GID      uint32    `json:"gid"`
	Content  string    `json:"content"`
	Entries  []string  `json:"entries"`
}

func readFile(w http.ResponseWriter, r *http.Request) {
	state, err := stat(r.URL.Query().Get("path"))
	if err == nil && state.Kind == "directory" {
		err = state.list()
	} else if err == nil && state.Kind == "file" {
		err = state.read()
	}
	answerFile(w, state, err)
}

func writeFile(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Query().Get("path")
	err := write(path, r.Body)
	var state *fileState
	if err == nil {
		state, err = stat(path)
	}
	answerFile(w, state, err)
}

func removeFile(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Query().Get("path")
	state, err := stat(path)
	if err == nil {
		err = os.Remove(path)
	}
	answerFile(w, state, err)
}

func stat(path string) (*fileState, error) {
	info, err := os.Stat(path) // through links, of which ConfigMap and Secret volumes are made
	if err != nil {
		return nil, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, errors.New("the file's owner is not known on this system")
	}
	return &fileState{
		Path:     path,
		Kind:     kind(info.Mode()),
		Mode:     info.Mode().String(),
		Size:     info.Size(),
		Modified: info.ModTime().UTC(),
		UID:      owner.Uid,
		GID:      owner.Gid,
		Entries:  []string{},
	}, nil
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode.IsRegular():
		return "file"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "other"
}

func (s *fileState) list() error {
	entries, err := os.ReadDir(s.Path)
	for _, entry := range entries {
		s.Entries = append(s.Entries, entry.Name())
	}
	return err
}

func (s *fileState) read() error {
	if s.Size > keptBody {
		return nil
	}
	content, err := os.ReadFile(s.Path)
	s.Content = string(content)
	return err
}

func write(path string, content io.Reader) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeCommand is for init containers: it writes a text to a file.
func writeCommand(_ config, args []string, stderr io.Writer) int {
	if len(args) != 2 {
		fmt.Fprintln(stderr, "usage: write PATH TEXT")
		return exitMisconfigured
	}
	if err := write(args[0], strings.NewReader(args[1])); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return 0
}

func answerFile(w http.ResponseWriter, state *fileState, err error) {
	if err == nil {
		answerJSON(w, http.StatusOK, state)
		return
	}
	status := http.StatusInternalServerError
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	} else if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		status = http.StatusForbidden
	}
	answerJSON(w, status, failure{Error: err.Error(), Errno: errnoName(err)})
}

// errnoName is the symbol of the system's error, such as EROFS.
func errnoName(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return unix.ErrnoName(number)
	}
	return ""
}
