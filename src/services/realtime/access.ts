import { AppError } from '../../core/errors/app-error.ts';
import type { Room } from '../../core/realtime/room.ts';
import type { Caller } from '../auth/token-verifier.ts';
import type { Owners } from './owners.ts';
import type { RealtimeStore } from './store.ts';

export interface Access {
  /** @throws AppError EVENTBUS_REALTIME_ROOM_DENIED */
  requireJoin(caller: Caller, room: Room): Promise<void>;
  /** @throws AppError EVENTBUS_REALTIME_ROOM_DENIED */
  requireOwner(caller: Caller, room: Room): Promise<void>;
}

/** Who may join which room. What no rule allows is denied, in the same words whether the thing exists or not. */
export function makeAccess(owners: Owners, store: Pick<RealtimeStore, 'isShared'>): Access {
  const owns = async ({ subject }: Caller, { kind, id }: Room) =>
    (await owners.ownerOf({ kind: kind.kind, id })) === subject;
  const mayJoin = async (caller: Caller, room: Room): Promise<boolean> => {
    const { access, kind } = room.kind;
    switch (access) {
      case 'anyone':
        return true;
      case 'self':
        return room.id === caller.subject;
      case 'owner-or-shared':
        return (await owns(caller, room)) || store.isShared({ kind, id: room.id }, caller.subject);
      default:
        return access.roles.some((role) => caller.roles.includes(role));
    }
  };
  return {
    async requireJoin(caller, room) {
      if (!(await mayJoin(caller, room))) throw denied(caller, room);
    },
    async requireOwner(caller, room) {
      const { access } = room.kind;
      if (access !== 'owner-or-shared' || !(await owns(caller, room))) throw denied(caller, room);
    },
  };
}

function denied({ subject }: Caller, { name }: Room): AppError {
  return new AppError('EVENTBUS_REALTIME_ROOM_DENIED', `user ${subject}, room ${name}`);
}
