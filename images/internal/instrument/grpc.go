package instrument

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// newGRPC offers the standard health service, and kmc.Instrument, whose messages are all google.protobuf.StringValue
// so that clients need no generated code: Echo, Call (a URL, answered with the JSON of /call) and Chat (an echo stream).
func newGRPC(i *instrument) *grpc.Server {
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, &health{checks: i.checks})
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "kmc.Instrument",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Echo", Handler: unary(echoText)},
			{MethodName: "Call", Handler: unary(callText)},
		},
		Streams: []grpc.StreamDesc{
			{StreamName: "Chat", Handler: chat, ServerStreams: true, ClientStreams: true},
		},
	}, i)
	return server
}

func unary(answer func(context.Context, string) (string, error)) grpc.MethodHandler {
	return func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var message wrapperspb.StringValue
		if err := decode(&message); err != nil {
			return nil, err
		}
		text, err := answer(ctx, message.GetValue())
		return wrapperspb.String(text), err
	}
}

func echoText(_ context.Context, text string) (string, error) {
	return text, nil
}

func callText(ctx context.Context, target string) (string, error) {
	body, err := json.Marshal(call(ctx, newOrder(target)))
	return string(body), err
}

func chat(_ any, stream grpc.ServerStream) error {
	for {
		var message wrapperspb.StringValue
		if err := stream.RecvMsg(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
	}
}

// health answers for the checks by name; the empty name is readiness.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	checks map[string]*check
}

// Check follows the switch of the check that the service is named after.
func (h *health) Check(
	ctx context.Context, request *grpc_health_v1.HealthCheckRequest,
) (*grpc_health_v1.HealthCheckResponse, error) {
	name := request.GetService()
	if name == "" {
		name = "readiness"
	}
	named, ok := h.checks[name]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "service %q: expected readiness, liveness, startup or none", name)
	}
	state := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	if isHealthy(named.ask(ctx)) {
		state = grpc_health_v1.HealthCheckResponse_SERVING
	}
	return &grpc_health_v1.HealthCheckResponse{Status: state}, nil
}
