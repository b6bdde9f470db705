package rpc

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// unstorable finds what no store keeps although the wire can carry it and the rules of the protos do not speak of it:
// timestamps outside 1970 to 9999, and NUL characters in texts. Fields are named from m on; names are put together only
// where something is wrong, because this runs for every request.
func unstorable(m protoreflect.Message) []troubleshoot.Violation {
	var all []troubleshoot.Violation
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		field := fields.Get(n)
		if !mayBeUnstorable(field) || !m.Has(field) {
			continue
		}
		value := m.Get(field)
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
				if strings.IndexByte(key.String(), 0) >= 0 || strings.IndexByte(v.String(), 0) >= 0 {
					all = append(all, troubleshoot.Violation{Field: field.JSONName(), Description: nulFound})
				}
				return true
			})
		case field.IsList():
			for i, list := 0, value.List(); i < list.Len(); i++ {
				if wrong := unstorableValue(field, list.Get(i)); len(wrong) > 0 {
					all = append(all, inside(fmt.Sprintf("%s[%d]", field.JSONName(), i), wrong)...)
				}
			}
		default:
			if wrong := unstorableValue(field, value); len(wrong) > 0 {
				all = append(all, inside(field.JSONName(), wrong)...)
			}
		}
	}
	return all
}

// inside puts a field's name before what was found in it.
func inside(name string, found []troubleshoot.Violation) []troubleshoot.Violation {
	for n, v := range found {
		if v.Field != "" {
			v.Field = "." + v.Field
		}
		found[n].Field = name + v.Field
	}
	return found
}

// mayBeUnstorable passes over numbers, truth values and enumerations.
func mayBeUnstorable(field protoreflect.FieldDescriptor) bool {
	return field.Kind() == protoreflect.StringKind || field.Kind() == protoreflect.MessageKind
}

const (
	nulFound = "has a NUL character, which no text may have; leave it out"
	noTime   = "must be a time from 1970 to 9999, written like 2026-10-01T12:00:00Z"
)

// unstorableValue checks one value: a text, a timestamp itself, or any other message inside.
func unstorableValue(field protoreflect.FieldDescriptor, v protoreflect.Value) []troubleshoot.Violation {
	if field.Kind() == protoreflect.StringKind {
		if strings.IndexByte(v.String(), 0) >= 0 {
			return []troubleshoot.Violation{{Description: nulFound}}
		}
		return nil
	}
	t, ok := v.Message().Interface().(*timestamppb.Timestamp)
	switch {
	case !ok:
		return unstorable(v.Message())
	case t.CheckValid() == nil && t.GetSeconds() >= 0:
		return nil
	}
	return []troubleshoot.Violation{{Description: noTime}}
}
