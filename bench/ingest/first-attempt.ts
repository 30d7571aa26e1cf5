import { http } from '@google-cloud/functions-framework';
import { PubSub } from '@google-cloud/pubsub';

/**
 * What one would write first: a Cloud Run function that awaits `publishMessage` event by event, with the libraries'
 * defaults. It knows no tenants, no credentials, no validation.
 */
const topic = new PubSub({ projectId: process.env['GOOGLE_CLOUD_PROJECT'] ?? '' }).topic(process.env['TOPIC'] ?? '');

http('ingest', async (request, response) => {
  const events: unknown[] = Array.isArray(request.body) ? request.body : [request.body];
  for (const event of events) await topic.publishMessage({ json: event });
  response.status(202).json({ accepted: events.length });
});
