package rpc

import (
	"math"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// timeFromProto gives the time in UTC to the microsecond, which is what stores keep; nil is the zero time. Validate has
// refused times that are none.
func timeFromProto(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime().Truncate(time.Microsecond)
}

// timeToProto gives nil for the zero time.
func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// int32Of narrows a count for the API; what does not fit stays at the end of the range.
func int32Of[N int | int64](n N) int32 {
	return int32(min(max(int64(n), math.MinInt32), math.MaxInt32))
}
