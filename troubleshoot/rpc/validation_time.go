package rpc

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// wrongTimes finds the timestamps of a message that are no times between 1970 and 9999. The wire format can carry others,
// the rules of the protos do not speak of them, and no store keeps them. path names the message in the request.
func wrongTimes(m protoreflect.Message, path string) []troubleshoot.Violation {
	var all []troubleshoot.Violation
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		field := fields.Get(n)
		if field.Message() == nil || field.IsMap() || !m.Has(field) {
			continue
		}
		at := path + field.JSONName()
		if !field.IsList() {
			all = append(all, wrongTime(m.Get(field).Message(), at)...)
			continue
		}
		for i, list := 0, m.Get(field).List(); i < list.Len(); i++ {
			all = append(all, wrongTime(list.Get(i).Message(), fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return all
}

// wrongTime checks one field: a timestamp itself, any other message inside.
func wrongTime(m protoreflect.Message, field string) []troubleshoot.Violation {
	t, ok := m.Interface().(*timestamppb.Timestamp)
	switch {
	case !ok:
		return wrongTimes(m, field+".")
	case t.CheckValid() == nil && t.GetSeconds() >= 0:
		return nil
	}
	return []troubleshoot.Violation{{Field: field, Description: "must be a time from 1970 to 9999, written like 2026-10-01T12:00:00Z"}}
}
