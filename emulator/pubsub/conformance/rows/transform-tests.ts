import type { Context } from '../context/context.ts';
import { type Answer, request } from '../context/rest.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue } from '../expectations.ts';
import { area } from '../row.ts';

const udf = (functionName: string, body: string): object => ({
  javascriptUdf: { functionName, code: `function ${functionName}(message, metadata) { ${body} }` },
});

const SHOUT = udf('shout', 'message.data = message.data.toUpperCase(); return message;');
const MARK = udf('mark', 'message.attributes["marked"] = "yes"; return message;');
const DROP = udf('drop', 'return null;');
const FAIL = udf('fail', 'throw new Error("refused");');

const data = (text: string): string => Buffer.from(text).toString('base64');

const validate = (context: Context, messageTransform: object): Promise<Answer> =>
  request(context, 'POST', `${context.project}:validateMessageTransform`, { messageTransform });

/** What becomes of the message "one". */
async function tryOut(context: Context, transforms: object): Promise<readonly Record<string, unknown>[]> {
  const body = { message: { data: data('one') }, ...transforms };
  const answer = await request(context, 'POST', `${context.project}:testMessageTransforms`, body);
  equal(answer.status, 200, 'status');
  return (answer.body['transformedMessages'] ?? []) as Record<string, unknown>[];
}

const adHoc = (...messageTransforms: object[]): object => ({ messageTransforms: { messageTransforms } });

export const transformTests = area('transforms', documentation.testTransforms, [
  {
    title: 'validateMessageTransform takes a function',
    documentation: documentation.validateTransform,
    async run(context) {
      const { status, body } = await validate(context, SHOUT);
      equal([status, body], [200, {}], 'the answer');
    },
  },
  {
    title: 'validateMessageTransform refuses code that is no JavaScript',
    documentation: documentation.validateTransform,
    async run(context) {
      const { status, body } = await validate(context, udf('f', 'return {'));
      equal(status, 400, 'status');
      contains(body, { error: { status: 'INVALID_ARGUMENT' } }, 'the body');
    },
  },
  {
    title: 'testMessageTransforms answers what the message is after each function',
    async run(context) {
      const results = await tryOut(context, adHoc(SHOUT, MARK));
      equal(results.length, 2, 'results');
      contains(results[0], { transformedMessage: { data: data('ONE') } }, 'the first result');
      contains(results[1], { transformedMessage: { data: data('ONE'), attributes: { marked: 'yes' } } }, 'the second');
    },
  },
  {
    title: 'testMessageTransforms ends with the function that drops the message',
    run: async (context) => equal(await tryOut(context, adHoc(DROP, SHOUT)), [{ filteredMessage: {} }], 'the results'),
  },
  {
    title: 'testMessageTransforms ends with the function that fails, and says why',
    async run(context) {
      const results = await tryOut(context, adHoc(FAIL, SHOUT));
      equal(results.length, 1, 'results');
      const { error } = (results[0]?.['failedMessage'] ?? {}) as { error?: { message?: string } };
      isTrue(error?.message?.includes('refused') ?? false, `the error is ${JSON.stringify(error)}`);
    },
  },
  {
    title: 'testMessageTransforms takes the functions of a topic',
    async run(context) {
      const topic = context.name('topics');
      await request(context, 'PUT', topic, { messageTransforms: [SHOUT] });
      const [result] = await tryOut(context, { topic });
      contains(result, { transformedMessage: { data: data('ONE') } }, 'the result');
    },
  },
  {
    title: 'testMessageTransforms takes the functions of a subscription',
    async run(context) {
      const subscription = context.name('subscriptions');
      const topic = await context.topic();
      await request(context, 'PUT', subscription, { topic, messageTransforms: [SHOUT] });
      const [result] = await tryOut(context, { subscription });
      contains(result, { transformedMessage: { data: data('ONE') } }, 'the result');
    },
  },
]);
