import type { PushConfig } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';

/** @throws StatusError INVALID_ARGUMENT naming the field */
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
  return config;
}
