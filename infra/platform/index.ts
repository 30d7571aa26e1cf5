import { ServiceIdentity } from '@pulumi/gcp/projects/index.js';
import { Account } from '@pulumi/gcp/serviceaccount/index.js';
import { Config } from '@pulumi/pulumi';

async function platform() {
  const projectId = new Config('gcp').require('project');
  const agent = new ServiceIdentity('pubsub-agent', { project: projectId, service: 'pubsub.googleapis.com' });
  const ingest = new Account('ingest', { accountId: 'headgate-ingest', project: projectId });
  const decide = new Account('decide', { accountId: 'headgate-decide', project: projectId });
  const config = new Config();
  return {
    projectId,
    apiUrl: config.require('apiUrl'),
    decideUrl: config.require('apiUrl'),
    pubsubServiceAgent: agent.email,
    serviceAccounts: { ingest: ingest.email, decide: decide.email },
  };
}

// oxlint-disable-next-line import/no-default-export
export default platform;
