package instrument

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// environment reads typed variables and collects what is wrong with them. An unset or empty one has its default.
type environment struct {
	lookup   func(string) string
	problems []error
}

func (e *environment) problem() error {
	return errors.Join(e.problems...)
}

func (e *environment) reject(name, expected string) {
	e.problems = append(e.problems, fmt.Errorf("%s=%q: expected %s", name, e.lookup(name), expected))
}

func (e *environment) port(name string, fallback int) int {
	if e.lookup(name) == "" {
		return fallback
	}
	if numbers := e.ports(name); len(numbers) == 1 {
		return numbers[0]
	}
	e.reject(name, "one port")
	return fallback
}

func (e *environment) ports(name string) []int {
	var numbers []int
	for text := range strings.SplitSeq(e.lookup(name), ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		number, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
		if err != nil || number == 0 {
			e.reject(name, "ports from 1 to 65535, separated by commas")
			return nil
		}
		numbers = append(numbers, int(number))
	}
	return numbers
}

func (e *environment) seconds(name string) time.Duration {
	duration, err := parseDuration(e.lookup(name), 0, time.Second)
	if err != nil {
		e.reject(name, "a number of seconds, such as 2.5")
	}
	return duration
}

func (e *environment) milliseconds(name string, fallback time.Duration) time.Duration {
	duration, err := parseDuration(e.lookup(name), fallback, time.Millisecond)
	if err != nil {
		e.reject(name, "a number of milliseconds, such as 250")
	}
	return duration
}

func (e *environment) boolean(name string, fallback bool) bool {
	switch e.lookup(name) {
	case "":
		return fallback
	case "true":
		return true
	case "false":
		return false
	}
	e.reject(name, "true or false")
	return fallback
}

func (e *environment) header(name string) http.Header {
	text := e.lookup(name)
	if text == "" {
		return nil
	}
	key, value, found := strings.Cut(text, ":")
	if !found {
		e.reject(name, "Name: value")
		return nil
	}
	return http.Header{http.CanonicalHeaderKey(strings.TrimSpace(key)): {strings.TrimSpace(value)}}
}

func (e *environment) exit() *exitOrder {
	order := exitOrder{after: e.seconds("EXIT_AFTER"), message: e.lookup("EXIT_MESSAGE")}
	text := e.lookup("EXIT_CODE")
	if text == "" {
		if order.after > 0 || order.message != "" {
			e.reject("EXIT_CODE", "an exit code, as EXIT_AFTER or EXIT_MESSAGE is set")
		}
		return nil
	}
	code, err := parseExitCode(text)
	if err != nil {
		e.reject("EXIT_CODE", "a number from 0 to 255")
	}
	order.code = code
	return &order
}

func parseExitCode(text string) (int, error) {
	code, err := strconv.ParseUint(text, 10, 8)
	return int(code), err
}

// parseDuration reads a decimal number of units; empty text gives the fallback.
func parseDuration(text string, fallback, unit time.Duration) (time.Duration, error) {
	if text == "" {
		return fallback, nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, err
	}
	if !(number >= 0 && number*float64(unit) < math.MaxInt64) {
		return 0, fmt.Errorf("%s is no possible duration", text)
	}
	return time.Duration(number * float64(unit)), nil
}
