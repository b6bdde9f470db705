package troubleshoot

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an Error is; rpc maps it to a gRPC status in one table.
type Code int

// Codes of domain errors.
const (
	Internal           Code = iota // a bug or a broken machine; details are logged, never shown
	InvalidArgument                // the request is wrong whatever the state
	NotFound                       // missing, or another seller's: the two cannot be told apart
	Unauthenticated                // no credential, or one that does not hold
	PermissionDenied               // the credential's role may never do this
	FailedPrecondition             // right request, wrong state; repeating it alone does not help
	Aborted                        // lost against somebody else: read again, then repeat
	ResourceExhausted              // too much, too often
	Unavailable                    // not now; repeating helps
	DeadlineExceeded               // not in time; the outcome is unknown
)

// Violation names one wrong field of a request and how to mend it.
type Violation struct {
	Field       string // as the API spells it: "orderLine.unitPrice.amount"
	Description string
}

// Error is the one error type of the domain. Anything else that reaches a client is shown as Internal.
type Error struct {
	Code       Code
	Message    string
	Violations []Violation
	Cause      error // logged, never shown
}

// Error gives the message and the cause; violations repeat the message for programs.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.Cause)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error with a message for the client.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes an InvalidArgument error about one field.
func Invalid(field, format string, args ...any) *Error {
	d := fmt.Sprintf(format, args...)
	return &Error{Code: InvalidArgument, Message: field + ": " + d, Violations: []Violation{{Field: field, Description: d}}}
}

// Missing makes the NotFound error of a noun, the same for what does not exist and what is another seller's.
func Missing(noun, id string) *Error {
	return Errorf(NotFound, "%s %q not found", noun, id)
}

// CodeOf gives the code of err, Internal for errors that are not ours.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
