/**
 * The calls of IoT Core that two functions make. Lambda's runtime brings the client; it is no dependency of this
 * package, so what is used of it is described here.
 */
declare module '@aws-sdk/client-iot' {
  export class IoT {
    getTopicRuleDestination(input: { readonly arn: string }): Promise<{
      readonly topicRuleDestination?: { readonly status?: string; readonly statusReason?: string };
    }>;
    describeThing(input: { readonly thingName: string }): Promise<unknown>;
    listThingPrincipals(input: { readonly thingName: string; readonly maxResults: number }): Promise<{
      readonly principals?: readonly string[];
    }>;
  }
}
