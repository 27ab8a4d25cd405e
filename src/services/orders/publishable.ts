import type { Events, Subject } from '../../catalogue/events.generated.ts';
import { contentTypes } from '../../catalogue/headers.ts';
import { toHeaders } from '../../codec/cloud-event.ts';
import { type Codec, makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { requirePublishable } from '../../kafka/publishable-record.ts';
import type { Appending } from '../../postgres/event-store/append.ts';
import { storableJson } from '../../postgres/storable-text.ts';

/** Refuses what cannot be published: `requirePublishable` for all events of a command. */
export type OutboxCheck = (appending: Pick<Appending, 'streamId' | 'outbox' | 'command'>) => void;

/**
 * Makes the check that a command passes before anything of it is stored. Each event is encoded as the publisher will
 * find it, which is after a turn through `jsonb`: NaN comes back as null, for one.
 * @returns a function that throws AppError EVENTBUS_ORDER_UNPUBLISHABLE
 */
export function makeOutboxCheck(codec: Codec = makeCodec()): OutboxCheck {
  return ({ streamId, outbox, command }) => {
    for (const { eventId: id, topic, key, subject, type, source, value } of outbox) {
      try {
        const time = new Date(command.atMs).toISOString();
        const headers = toHeaders({ id, source, type, time, subject: key, contentType: contentTypes.avro });
        const kept = JSON.parse(storableJson(value)) as Events[Subject];
        requirePublishable({ topic, key, headers, value: codec.encode(subject as Subject, kept) });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const what = `command ${command.id} on ${streamId}, event ${type} for ${topic}: ${reason}`;
        throw new AppError('EVENTBUS_ORDER_UNPUBLISHABLE', what, { details: { topic, type }, cause: error });
      }
    }
  };
}
