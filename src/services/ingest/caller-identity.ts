import { X509Certificate } from 'node:crypto';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { AppError } from '../../core/errors/app-error.ts';
import type { Caller } from './intake.ts';

/** What a call shows of its sender. */
export type AnyCall = Pick<ServerUnaryCall<unknown, unknown>, 'metadata' | 'getAuthContext' | 'getPeer'>;

/** Tells who calls, or the error that says why it is not known. */
export type Identify = (call: AnyCall) => Caller | AppError;

/**
 * Where the caller's certificate is: in the TLS connection, or in a header of the load balancer that ended it. The
 * header is believed by configuration alone: on an open port anyone could send it.
 */
export type CallerIdentity = 'connection' | 'load-balancer';

/** Header of an Application Load Balancer that verified the client: the certificate as URL-encoded PEM. */
export const certificateHeader = 'x-amzn-mtls-clientcert-leaf';

interface Subject {
  readonly CN?: string | readonly string[];
  readonly OU?: string | readonly string[];
}

export function identifyBy(identity: CallerIdentity): Identify {
  return identity === 'connection' ? byConnection : byLoadBalancer();
}

function byConnection(call: AnyCall): Caller {
  const subject = call.getAuthContext().sslPeerCertificate?.subject;
  const traceparent = traceOf(call);
  return subject === undefined ? { traceparent } : callerOf(subject, traceparent);
}

function byLoadBalancer(): Identify {
  const known = new SubjectCache();
  return (call) => {
    const values = call.metadata.get(certificateHeader);
    const [value] = values;
    const subject = values.length === 1 && typeof value === 'string' ? known.subjectOf(value) : undefined;
    if (subject !== undefined) return callerOf(subject, traceOf(call));
    const what = values.length === 0 ? `no header ${certificateHeader}` : `header ${certificateHeader} is not usable`;
    return new AppError('EVENTBUS_INGEST_IDENTITY_MISSING', what);
  };
}

/** A device id must be the certificate's common name, unless its organisational unit is `gateway`: an edge gateway speaks for the devices behind it. */
function callerOf(subject: Subject, traceparent: string | undefined): Caller {
  const units = [subject.OU].flat();
  return { deviceId: units.includes('gateway') ? undefined : [subject.CN].flat().join(), traceparent };
}

const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceOf(call: AnyCall): string | undefined {
  const traceparent = call.metadata.get('traceparent')[0];
  return typeof traceparent === 'string' && traceparentPattern.test(traceparent) ? traceparent : undefined;
}

/** One certificate and nothing else: a header that a client smuggled in would arrive joined to the balancer's own. */
const oneCertificate = /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;
const maxKnown = 1_000;

/** Subjects of certificates by their header: a connection repeats the same one with each call. */
class SubjectCache {
  readonly #known = new Map<string, Subject>();

  subjectOf(header: string): Subject | undefined {
    const known = this.#known.get(header);
    if (known !== undefined) return known;
    const subject = subjectIn(header);
    if (subject === undefined) return undefined;
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(header, subject);
    return subject;
  }
}

function subjectIn(header: string): Subject | undefined {
  try {
    const pem = decodeURIComponent(header);
    if (!oneCertificate.test(pem)) return undefined;
    const { subject } = new X509Certificate(pem).toLegacyObject();
    return subject;
  } catch {
    return undefined;
  }
}
