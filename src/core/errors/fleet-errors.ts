import type { ErrorEntry } from './entry.ts';

export const fleetErrors = {
  EVENTBUS_FLEET_REPLY_FOREIGN: {
    summary: 'a reply names another vehicle than the one that sent it',
    remedy: 'Let the vehicle put its own id into the field vehicleId.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_FLEET_COMMAND_UNKNOWN: {
    summary: 'there is no such command',
    remedy: 'See the commands of a vehicle with "event-bus command list --vehicle ID".',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_FLEET_COMMAND_INVALID: {
    summary: 'the command is not usable',
    remedy: 'See "event-bus command send --help" for the kinds and what each needs.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_FLEET_ROLE_DENIED: {
    summary: 'the token does not allow to act in this role',
    remedy: 'Use a token with the role operator, or act as a rider.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_FLEET_EMERGENCY_UNKNOWN: {
    summary: 'there is no such emergency',
    remedy: 'See GET /api/emergencies for those that are open.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_FLEET_EMERGENCY_STEP: {
    summary: 'the emergency cannot take this step',
    remedy: 'Steps are acknowledge, respond, then resolve or false-alarm; an ended emergency takes none.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_FLEET_DISPATCH_UNKNOWN: {
    summary: 'there is no such dispatch',
    remedy: 'Check the id that POST /api/dispatches answered; a new dispatch is known within a second.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE: {
    summary: 'the way to the devices does not take messages',
    remedy:
      'Check the endpoint of the device data plane and the right iot:Publish; the command is sent again by itself.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_FLEET_DOWNLINK_REFUSED: {
    summary: 'the way to the devices refuses the message',
    remedy: 'Keep device ids to letters, digits, ":", "_" and "-", and messages below 128 KB.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_FLEET_DOWNLINK_URL: {
    summary: 'the URL of the way to the devices is not valid',
    remedy:
      'Give iot://REGION on AWS, http://HOST:PORT for another data plane, or file:///FILE with such an address in it.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_FLEET_${string}`, ErrorEntry>;
