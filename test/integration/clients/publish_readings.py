"""Publishes readings over gRPC with stubs generated from the proto file, as any Python program would.

Usage: publish_readings.py PROTO_FOLDER ADDRESS. Prints what the bus answered, as JSON.
"""
import json
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc

proto_folder, address = sys.argv[1:]
generated = tempfile.mkdtemp()
own_protos = grpc_tools.__path__[0] + "/_proto"
failed = protoc.main([
    "protoc", f"-I{proto_folder}", f"-I{own_protos}", f"--python_out={generated}", f"--grpc_python_out={generated}",
    f"{proto_folder}/ingest/v1/ingest.proto",
])
if failed:
    sys.exit(failed)
sys.path.insert(0, generated)
from ingest.v1 import ingest_pb2, ingest_pb2_grpc  # noqa: E402


def vehicle(second, **values):
    return ingest_pb2.Reading(
        vehicle=ingest_pb2.VehicleReading(time=f"2026-05-04T10:00:{second:02d}Z", sequence=second, **values)
    )


with grpc.insecure_channel(address) as channel:
    service = ingest_pb2_grpc.IngestServiceStub(channel)
    batch = ingest_pb2.PublishRequest(
        message_id="batch-1",
        device_id="python-van",
        readings=[vehicle(1, speed_kmh=31.5, vehicle_type="van"), vehicle(2, speed_kmh=32), vehicle(3, mode="x" * 500)],
    )
    answer = service.Publish(batch, timeout=30)
    requests = (
        ingest_pb2.StreamTelemetryRequest(
            request=ingest_pb2.PublishRequest(device_id="python-van", readings=[vehicle(second, battery_percent=70)])
        )
        for second in range(10, 20)
    )
    streamed = [one.accepted for one in service.StreamTelemetry(requests, timeout=30)]
    try:
        service.Publish(ingest_pb2.PublishRequest(), timeout=30)
        refused = None
    except grpc.RpcError as error:
        refused = error.code().name

print(json.dumps({
    "accepted": answer.accepted,
    "rejected": [[one.index, one.field, one.code] for one in answer.rejected],
    "streamed": streamed,
    "refused": refused,
}))
