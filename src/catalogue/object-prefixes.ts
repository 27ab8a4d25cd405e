/** Where things lie in the object store of an environment, by the beginning of their keys. */

/** Dead letters, by consumer. */
export const letterPrefix = 'dead-letters/';

/** Messages of dead-letter queues that are no dead letters, by queue. */
export const asidePrefix = 'unreadable-messages/';
