// A fleet of vehicles as load, in a process of its own: each device is one MQTT client that publishes batches of
// readings with QoS 1 at its share of the rate. Prints one JSON line a second and a last one with the totals. With
// EMERGENCIES = 1 each device signals one emergency, spread evenly over the run but for its first third.
//   node test/bench/fleet-load.ts URL RATE SECONDS [DEVICES] [READINGS_A_MESSAGE] [EMERGENCIES]
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';

const [url = '', ...numbers] = process.argv.slice(2);
const [rate = 10_000, seconds = 60, devices = 200, readings = 10, emergencies = 0] = numbers.map(Number);

class Device {
  readonly #id: string;
  readonly #client: MqttClient;
  readonly #emergencyAt: number;
  #messages = 0;
  #sequence = 0;
  sent = 0;
  acknowledged = 0;
  failed = 0;

  constructor(id: string, client: MqttClient, emergencyAt: number) {
    this.#id = id;
    this.#client = client;
    this.#emergencyAt = emergencyAt;
  }

  publish() {
    this.#messages += 1;
    this.sent += readings;
    this.#client.publish(`fleet/${this.#id}/telemetry`, this.#payload(), { qos: 1 }, (error) => {
      if (error) this.failed += readings;
      else this.acknowledged += readings;
    });
  }

  end() {
    return this.#client.endAsync();
  }

  #payload(): string {
    const now = Date.now();
    const spacing = Math.floor((1000 * devices) / rate);
    const emergency = this.#messages === this.#emergencyAt;
    const list = Array.from({ length: readings }, (_, index) => {
      this.#sequence += 1;
      const drift = this.#sequence * 0.00001;
      return {
        time: new Date(now - (readings - 1 - index) * spacing).toISOString(),
        sequence: this.#sequence,
        latitude: 59.9 + drift,
        longitude: 10.7 + drift,
        altitudeM: 20,
        speedKmh: 30 + (this.#sequence % 10),
        speedLimitKmh: 50,
        batteryPercent: 90 - (this.#sequence % 100) / 10,
        temperatureC: 12,
        mode: 'D',
        ...(emergency && index === readings - 1 ? { emergency: 'panic' } : {}),
      };
    });
    return JSON.stringify({ deviceId: this.#id, vehicleType: 'car', readings: list });
  }
}

async function connectDevice(index: number): Promise<Device> {
  const clientId = `load-${process.pid}-${index}`;
  const messages = (rate * seconds) / readings / devices;
  const emergencyAt = emergencies > 0 ? Math.round(messages * (1 / 3 + (2 / 3) * (index / devices))) : -1;
  return new Device(clientId, await connectAsync(url, { clientId, reconnectPeriod: 0 }), emergencyAt);
}

const fleet: Device[] = [];
for (let index = 0; index < devices; index += 1) fleet.push(await connectDevice(index));
const total = (pick: (device: Device) => number) => fleet.reduce((sum, device) => sum + pick(device), 0);
const report = (done: boolean) => {
  const [sent, acknowledged, failed] = [
    total(({ sent }) => sent),
    total((one) => one.acknowledged),
    total((one) => one.failed),
  ];
  process.stdout.write(`${JSON.stringify({ done, sent, acknowledged, failed })}\n`);
};

const started = Date.now();
let messages = 0;
let reported = started;
while (Date.now() - started < seconds * 1000) {
  const due = Math.floor(((Date.now() - started) * rate) / 1000 / readings);
  // What the bus does not acknowledge in time waits here and shows in the report, instead of flooding the sockets.
  const open = total(({ sent, acknowledged }) => sent - acknowledged);
  const until = open < rate * 5 ? due : messages;
  for (; messages < until; messages += 1) fleet[messages % devices]?.publish();
  if (Date.now() - reported >= 1000) {
    reported = Date.now();
    report(false);
  }
  await sleep(5);
}
const sendingEnded = Date.now();
while (
  total(({ sent, acknowledged, failed }) => sent - acknowledged - failed) > 0 &&
  Date.now() - sendingEnded < 30_000
) {
  await sleep(20);
}
report(true);
await Promise.all(fleet.map((device) => device.end()));
