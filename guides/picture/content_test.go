package picture

import (
	"errors"
	"testing"
)

// TestContentIsBounded: encoders get to hear of the limit, and stop.
func TestContentIsBounded(t *testing.T) {
	out := &content{}
	if _, err := out.Write(make([]byte, MaxContent)); err != nil {
		t.Fatal(err)
	}
	_, err := out.Write([]byte{0})
	var refused *Error
	if !errors.As(err, &refused) || refused.Reason != TooLarge || out.buffer.Len() != MaxContent {
		t.Errorf("%v after %d bytes", err, out.buffer.Len())
	}
}
