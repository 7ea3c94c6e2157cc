package redisproxy

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

var errProtocol = errors.New("redisproxy: not the Redis protocol")

// maxBulk bounds one value, in bytes: what a test sends is far smaller.
const maxBulk = 64 << 20

// readCommand reads one request: its bytes as they came, and its words.
func readCommand(r *bufio.Reader) (raw []byte, words []string, err error) {
	line, err := readLine(r)
	if err != nil {
		return nil, nil, err
	}
	if line[0] != '*' {
		return nil, nil, fmt.Errorf("%w: inline commands are not spoken here", errProtocol)
	}
	n, err := length(line)
	if err != nil {
		return nil, nil, err
	}
	raw = append(raw, line...)
	for range n {
		head, body, err := readBulk(r)
		if err != nil {
			return nil, nil, err
		}
		raw = append(append(raw, head...), body...)
		words = append(words, string(bytes.TrimSuffix(body, []byte("\r\n"))))
	}
	return raw, words, nil
}

func readBulk(r *bufio.Reader) (head, body []byte, err error) {
	head, err = readLine(r)
	if err != nil {
		return nil, nil, err
	}
	n, err := length(head)
	if err != nil || head[0] != '$' || n < 0 {
		return nil, nil, fmt.Errorf("%w: a bulk string was due", errProtocol)
	}
	body = make([]byte, n+2)
	_, err = io.ReadFull(r, body)
	return head, body, err
}

// readReply reads one reply of any type and returns its bytes as they came.
func readReply(r *bufio.Reader) ([]byte, error) {
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	switch line[0] {
	case '+', '-', ':', '_', '#', ',', '(':
		return line, nil
	case '$', '=', '!':
		return readSized(r, line)
	case '*', '~', '>':
		return readNested(r, line, 1)
	case '%':
		return readNested(r, line, 2)
	default:
		return nil, fmt.Errorf("%w: reply of kind %q", errProtocol, line[0])
	}
}

func readSized(r *bufio.Reader, head []byte) ([]byte, error) {
	n, err := length(head)
	if err != nil || n < 0 {
		return head, err
	}
	body := make([]byte, n+2)
	_, err = io.ReadFull(r, body)
	return append(head, body...), err
}

func readNested(r *bufio.Reader, head []byte, each int) ([]byte, error) {
	n, err := length(head)
	if err != nil {
		return nil, err
	}
	for range n * each {
		part, err := readReply(r)
		if err != nil {
			return nil, err
		}
		head = append(head, part...)
	}
	return head, nil
}

// readLine reads up to and with CRLF; it is never shorter than three bytes.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("%w: a line was due", errProtocol)
	}
	return line, nil
}

// length reads the number after the type byte; -1 means a null value.
func length(line []byte) (int, error) {
	n, err := strconv.Atoi(string(line[1 : len(line)-2]))
	if err != nil || n < -1 || n > maxBulk {
		return 0, fmt.Errorf("%w: a length was due", errProtocol)
	}
	return n, nil
}
