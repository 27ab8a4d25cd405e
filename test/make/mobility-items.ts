import type { DomainEvent, VehicleBayEvent } from '../../src/catalogue/events.generated.ts';
import type { Item, PartitionBatch } from '../../src/consumers/batch/processor.ts';
import type { MobilityValue } from '../../src/consumers/inventory-projector/read-record.ts';
import { bayEvent, may1st } from './readings.ts';

/** A booking event as a service sends it. */
export function domainEvent(given: Partial<DomainEvent> = {}): DomainEvent {
  return {
    bookingId: 'booking-1',
    occurredAt: may1st,
    city: 'oslo',
    language: 'nb',
    currency: 'NOK',
    userId: null,
    status: 'UNKNOWN',
    vehicleId: null,
    vehicleType: 'bike',
    pickupStationId: '7',
    returnStationId: null,
    tripId: null,
    reservedFrom: null,
    reservedUntil: null,
    startedAt: null,
    returnedAt: null,
    timeZone: null,
    tariffId: null,
    amountMinor: null,
    paymentId: null,
    paymentFailureCode: null,
    distanceKm: null,
    durationSeconds: null,
    batteryPercent: null,
    latitude: null,
    longitude: null,
    damageReported: null,
    cancellationReason: null,
    streamVersion: null,
    sagaId: null,
    correlationId: null,
    causationId: null,
    ...given,
  };
}

/** A record of a bay or a shared vehicle, keyed by its source. */
export function bayItem(offset: number, given: Partial<VehicleBayEvent> = {}): Item<MobilityValue> {
  const value = bayEvent(given);
  return itemOf({ topic: 'veh.events.raw', offset, key: value.sourceId, type: 'vehicle.bay.reported', value });
}

/** A record of a booking, keyed by it. */
export function bookingItem(offset: number, type: string, given: Partial<DomainEvent> = {}): Item<MobilityValue> {
  const value = domainEvent(given);
  return itemOf({ topic: 'domain.events', offset, key: value.bookingId, type, value });
}

interface Given {
  readonly topic: string;
  readonly offset: number;
  readonly key: string;
  readonly type: string;
  readonly value: MobilityValue;
}

function itemOf({ topic, offset, key, type, value }: Given): Item<MobilityValue> {
  const event = { id: `${topic}-${offset}`, source: '/test', type };
  return { topic, partition: 0, offset, timestampMs: may1st + 86_400_000, key, event, value };
}

/** Items of one topic as one batch of a partition. */
export function mobilityBatch(items: readonly Item<MobilityValue>[], partition = 0): PartitionBatch<MobilityValue> {
  return { topic: items[0]?.topic ?? '', partition, items };
}
