import type { ErrorEntry } from './entry.ts';

export const deviceErrors = {
  EVENTBUS_DEVICE_UNREACHABLE: {
    summary: 'the bus does not answer the devices',
    remedy: 'Start it with "event-bus start" or name the right address with --target; then run the command again.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_DEVICE_DESTINATION_UNUSABLE: {
    summary: 'IoT Core has no way to the brokers',
    remedy:
      'Look for the reason in "aws iot get-topic-rule-destination"; as a rule subnets without free addresses or rights that are missing in its role. Then deploy again.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_DEVICE_REFUSED: {
    summary: 'the bus refused a device',
    remedy: 'Check the device id and the address; a gateway with certificates takes no devices without one.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_DEVICE_TARGET_INVALID: {
    summary: 'the address cannot be used',
    remedy: 'Give mqtt://HOST:PORT with --via mqtt, mqtts://HOST:PORT with --via mqtts, or HOST:PORT with --via grpc.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_DEVICE_AUTHORITY_ABSENT: {
    summary: 'the bus has no authority that could sign certificates',
    remedy: 'Start the bus once, which makes it, or name the folder of its state with --data-dir.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_DEVICE_MESSAGE_TOO_LARGE: {
    summary: 'a device message is larger than the gateway takes',
    remedy: 'Put fewer readings into one message with --batch.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_DEVICE_POPULATION_EMPTY: {
    summary: 'there is nothing to simulate',
    remedy: 'Ask for at least one vehicle, scooter or turbine.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_DEVICE_PROFILE_UNKNOWN: {
    summary: 'there is no such profile',
    remedy: 'Choose the profile that fits the file; "event-bus replay-file --help" describes them.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_DEVICE_SPEED_INVALID: {
    summary: 'the speed cannot be used',
    remedy: 'Give a factor above 0 such as 600 (ten recorded minutes a second), or "max".',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_DEVICE_FILE_UNREADABLE: {
    summary: 'the recorded file cannot be read',
    remedy: 'Check the path and the permissions.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_DEVICE_FILE_EMPTY: {
    summary: 'the recorded file has no rows',
    remedy: 'Give a file with one header line and at least one row.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_DEVICE_COLUMNS_MISSING: {
    summary: 'the recorded file lacks columns that the profile needs',
    remedy: 'Check that file and profile belong together and that the first line names the columns.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_DEVICE_NO_READABLE_ROW: {
    summary: 'no row of the recorded file could be read',
    remedy: 'Check the separator (a comma) and the quoting; the first faults are named here.',
    failure: 'poison',
    status: 422,
  },
} as const satisfies Record<`EVENTBUS_DEVICE_${string}`, ErrorEntry>;
