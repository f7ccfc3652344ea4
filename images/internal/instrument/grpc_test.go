package instrument

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func dial(s *subject) (context.Context, *grpc.ClientConn) {
	s.Helper()
	address := strings.TrimPrefix(s.url, "http://")
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { connection.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	s.Cleanup(cancel)
	return ctx, connection
}

func TestHealthFollowsTheSwitches(t *testing.T) {
	s := start(t, Sidecar, nil)
	ctx, connection := dial(s)
	client := grpc_health_v1.NewHealthClient(connection)
	ask := func(service string) grpc_health_v1.HealthCheckResponse_ServingStatus {
		t.Helper()
		answer, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetStatus()
	}
	equal(t, ask(""), grpc_health_v1.HealthCheckResponse_SERVING)
	s.expect("PUT", "/readiness?status=503", "", 204)
	equal(t, ask(""), grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	equal(t, ask("readiness"), grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	equal(t, ask("liveness"), grpc_health_v1.HealthCheckResponse_SERVING)
	_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "other"})
	equal(t, status.Code(err), codes.NotFound)
	equal(t, get[shownTraffic](s, "/requests").ProbeTotal, 5)
}

func TestUnaryCalls(t *testing.T) {
	s := start(t, Serving, nil)
	sidecar := start(t, Sidecar, environ{"RESPONSE": "beside"})
	ctx, connection := dial(s)
	var answer wrapperspb.StringValue
	if err := connection.Invoke(ctx, "/kmc.Instrument/Echo", wrapperspb.String("hi"), &answer); err != nil {
		t.Fatal(err)
	}
	equal(t, answer.GetValue(), "hi")
	if err := connection.Invoke(ctx, "/kmc.Instrument/Call", wrapperspb.String(sidecar.url+"/"), &answer); err != nil {
		t.Fatal(err)
	}
	equal(t, decode[reply](t, answer.GetValue()).Body, "beside\n")
}

func TestStreamsGoBothWaysAtOnce(t *testing.T) {
	ctx, connection := dial(start(t, Serving, nil))
	description := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := connection.NewStream(ctx, description, "/kmc.Instrument/Chat")
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []string{"one", "two"} {
		var answer wrapperspb.StringValue
		if err := stream.SendMsg(wrapperspb.String(sent)); err != nil {
			t.Fatal(err)
		}
		if err := stream.RecvMsg(&answer); err != nil {
			t.Fatal(err)
		}
		equal(t, answer.GetValue(), sent)
	}
}
