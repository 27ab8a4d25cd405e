import { wireError } from '../protocol/error-codes.ts';
import { type Api, apiVersionsKey } from '../protocol/message.ts';
import { int16, int32, string } from '../protocol/primitives.ts';
import { array, since, struct, type ValueOf } from '../protocol/schema.ts';
import { type ServedApi, serve } from './serve.ts';

const request = struct({ clientSoftwareName: since(3, string), clientSoftwareVersion: since(3, string) });

const response = struct({
  errorCode: int16,
  apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
  throttleTimeMs: since(1, int32),
});

export const apiVersionsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: apiVersionsKey,
  name: 'ApiVersions',
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 3,
  request,
  response,
};

/** Says which versions of `others`, and of itself, are offered. */
export function makeApiVersions(others: readonly ServedApi[]): ServedApi {
  const offered = [apiVersionsApi, ...others]
    .map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion }))
    .toSorted((a, b) => a.apiKey - b.apiKey);
  const whole = (errorCode: number) => ({ errorCode, apiKeys: offered, throttleTimeMs: 0 });
  const served = serve(apiVersionsApi, () => whole(wireError.none));
  const oldest = serve({ ...apiVersionsApi, response: { ...response, initial: whole(0) } }, () => whole(0));
  return {
    ...served,
    // A client that is too new reads the answer in version 0 and asks again with a version it finds there.
    failure: (header, error) => oldest.failure({ ...header, apiVersion: 0 }, error),
  };
}
