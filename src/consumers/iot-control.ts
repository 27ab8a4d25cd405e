import type { IoT } from '@aws-sdk/client-iot';

/** What IoT Core says of a destination in the network. */
export interface DestinationState {
  /** `IN_PROGRESS`, `ENABLED`, `DISABLED`, `ERROR` or `DELETING`. */
  readonly status: string;
  readonly reason: string;
}

/** What functions ask of IoT Core's control plane. */
export interface IotControl {
  destination(arn: string): Promise<DestinationState>;
  /** Whether a thing is registered, and whether a certificate is attached to it already. */
  thing(name: string): Promise<'unknown' | 'vacant' | 'taken'>;
}

/** IoT Core of the function's own account and region. */
export function iotCore(): IotControl {
  let made: Promise<IoT> | undefined;
  const client = () => (made ??= import('@aws-sdk/client-iot').then((sdk) => new sdk.IoT()));
  return {
    async destination(arn) {
      const { topicRuleDestination } = await (await client()).getTopicRuleDestination({ arn });
      return { status: topicRuleDestination?.status ?? '', reason: topicRuleDestination?.statusReason ?? '' };
    },
    async thing(thingName) {
      const iot = await client();
      try {
        await iot.describeThing({ thingName });
      } catch (error) {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return 'unknown';
        throw error;
      }
      const { principals = [] } = await iot.listThingPrincipals({ thingName, maxResults: 1 });
      return principals.length === 0 ? 'vacant' : 'taken';
    },
  };
}
