package main

import (
	"context"
	"errors"
	"io"
)

func doctor(context.Context, []string, []string, io.Writer) error { return errors.New("x") }
