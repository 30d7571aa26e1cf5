import type { PushConfig } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';

/** The attribute that says in which format messages are pushed. */
const VERSION = 'x-goog-version';
const DEFAULT_VERSION = 'v1';
/** Two names of one format. */
const VERSIONS: readonly string[] = [DEFAULT_VERSION, 'v1beta2'];

/**
 * The configuration as the service returns it: with the version of the push format, which is v1 unless another is asked for.
 * @throws StatusError INVALID_ARGUMENT naming the field
 * @see https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.PushConfig
 */
export function checkPushConfig(config: PushConfig): PushConfig {
  const { pushEndpoint, oidcToken } = config;
  if (!pushEndpoint) return config;
  const url = URL.canParse(pushEndpoint) ? new URL(pushEndpoint) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw invalidArgument(`Invalid push endpoint given (endpoint=${pushEndpoint}).`);
  }
  if (oidcToken && !oidcToken.serviceAccountEmail?.includes('@')) {
    throw invalidArgument('Invalid push_config.oidc_token.service_account_email: it must be the email of an account.');
  }
  const { [VERSION]: version = DEFAULT_VERSION } = config.attributes ?? {};
  if (version === 'v1beta1') {
    throw invalidArgument(`push_config.attributes: ${VERSION} v1beta1 is not supported by this server.`);
  }
  if (!VERSIONS.includes(version)) {
    throw invalidArgument(
      `Invalid push_config.attributes: ${VERSION} is "${version}". It must be v1, v1beta2 or v1beta1.`,
    );
  }
  return { ...config, attributes: { ...config.attributes, [VERSION]: version } };
}

/** The new configuration with the version of the old one, unless it has its own: so ModifyPushConfig works. */
export function keepPushVersion({ attributes: old = {} }: PushConfig = {}, config: PushConfig): PushConfig {
  const { [VERSION]: version } = old;
  if (!config.pushEndpoint || version === undefined) return config;
  return { ...config, attributes: { [VERSION]: version, ...config.attributes } };
}
