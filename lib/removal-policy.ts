import { RemovalPolicy } from 'aws-cdk-lib';

/** What happens to a resource that holds data or logs when it leaves its stack. */
export function removalPolicyOf({ retainData }: { readonly retainData: boolean }): RemovalPolicy {
  return retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
