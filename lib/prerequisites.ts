import { CfnDynamicReference, CfnDynamicReferenceService, SecretValue } from 'aws-cdk-lib';
import type { EnvironmentName } from './config.ts';

/**
 * What only the account knows. Each is an SSM parameter `/event-bus/<environment>/<name>` that has to exist before the
 * stack that reads it is deployed; CloudFormation reads it then, so that no template and no synthesis holds the value.
 */
export const prerequisites = {
  certificateArn: {
    name: 'certificate-arn',
    meaning: 'ARN of an ACM certificate of the same region, for the names of the load balancers.',
  },
  deviceCaBucket: {
    name: 'device-ca-bucket',
    meaning: 'Name of the bucket that holds the certificates of the authorities that devices on gRPC are trusted by.',
  },
  deviceCaKey: {
    name: 'device-ca-key',
    meaning: 'Key of that bundle in its bucket: one PEM file with every root and intermediate certificate.',
  },
  oidcIssuer: {
    name: 'oidc-issuer',
    meaning: 'Issuer of the tokens of people: an https URL without a slash at its end, as in its discovery document.',
  },
  oidcAuthorizationEndpoint: {
    name: 'oidc-authorization-endpoint',
    meaning: 'Field authorization_endpoint of the discovery document.',
  },
  oidcTokenEndpoint: { name: 'oidc-token-endpoint', meaning: 'Field token_endpoint of the discovery document.' },
  oidcUserInfoEndpoint: {
    name: 'oidc-user-info-endpoint',
    meaning: 'Field userinfo_endpoint of the discovery document.',
  },
  oidcClientId: { name: 'oidc-client-id', meaning: 'Client id of the console at the issuer.' },
  oidcKeys: {
    name: 'oidc-keys',
    meaning: 'What the field jwks_uri of the discovery document leads to: the key set of the issuer, JSON in one line.',
  },
  pageOrigins: {
    name: 'page-origins',
    meaning: 'Origins of the pages that receive events, separated by commas: https://photos.example.',
  },
  apiAudience: { name: 'api-audience', meaning: 'Audience that tokens for the HTTP API must name.' },
} as const satisfies Readonly<Record<string, Prerequisite>>;

/** Secrets of Secrets Manager with names that have to exist beforehand, `/event-bus/<environment>/<name>`. */
export const prerequisiteSecrets = {
  oidcClientSecret: {
    name: 'oidc-client-secret',
    meaning: 'Client secret of the console at the issuer, as plain text.',
  },
} as const satisfies Readonly<Record<string, Prerequisite>>;

export interface Prerequisite {
  readonly name: string;
  /** What it holds, for `docs/deploy.md`. */
  readonly meaning: string;
}

/** Full name of a parameter or secret of an environment. */
export function prerequisitePath(environment: EnvironmentName, { name }: Prerequisite): string {
  return `/event-bus/${environment}/${name}`;
}

/** A parameter's value, read when the stack is deployed. */
export function prerequisite(environment: EnvironmentName, which: keyof typeof prerequisites): string {
  const path = prerequisitePath(environment, prerequisites[which]);
  return new CfnDynamicReference(CfnDynamicReferenceService.SSM, path).toString();
}

/** A secret's value, read when the stack is deployed; it appears in no template. */
export function prerequisiteSecret(environment: EnvironmentName, which: keyof typeof prerequisiteSecrets): SecretValue {
  return SecretValue.secretsManager(prerequisitePath(environment, prerequisiteSecrets[which]));
}
