"""Counts the rows of each topic in the lake with Arrow. Usage: read_lake.py BRONZE_FOLDER. Prints JSON."""
import json
import pathlib
import sys

import pyarrow.parquet

counts = {}
speeds = []
for file in pathlib.Path(sys.argv[1]).rglob("*.parquet"):
    topic = next(part.removeprefix("topic=") for part in file.parts if part.startswith("topic="))
    table = pyarrow.parquet.ParquetFile(file).read()
    counts[topic] = counts.get(topic, 0) + table.num_rows
    if topic == "vehicle.telemetry.v1":
        rows = table.select(["vehicleId", "speedKmh", "time"]).to_pylist()
        speeds += [[row["time"].isoformat(), row["speedKmh"]] for row in rows if row["vehicleId"] == "python-van"]

print(json.dumps({"counts": counts, "speeds": sorted(speeds)[:2]}))
