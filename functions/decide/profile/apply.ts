import { createHash } from 'node:crypto';
import type { Decision } from '#shared/events/decision.ts';
import type { EventEnvelope } from '#shared/events/event-envelope.ts';
import type { UserProperties } from '#shared/events/user-properties.ts';
import type { CompiledRule, RuleBook } from '../rules/compiled-rules.ts';
import { factsFor } from '../rules/facts.ts';
import type { EvaluateRules } from '../rules/rule-evaluator.ts';
import { recordEvent } from './event-counts.ts';
import { LIMITS, SETTLING_MS } from './limits.ts';
import { seen, timesOf } from './profile.ts';
import type { Profile, UnsettledEvent } from './profile.ts';
import { applyProperties } from './properties.ts';
import { withinLimits } from './unsettled.ts';

/** What a message is applied with. */
export interface ApplyContext {
  readonly rules: RuleBook;
  /** Begins to ask; called once for each time the message is applied. */
  readonly beginEvaluation: () => EvaluateRules;
  /** Wall clock. */
  readonly nowMs: number;
}

/** What came of applying a message. */
export interface Applied {
  readonly profile: Profile;
  /** Decisions this message brought about: about itself, or about an event accepted after it that was applied before it. */
  readonly decisions: readonly Decision[];
  readonly failures: readonly RuleFailure[];
}

/** A rule that could not be asked about an event, or cannot be asked again. It decides nothing; other rules are not touched. */
export interface RuleFailure {
  readonly rule: string;
  readonly eventId: string;
  readonly error: string;
}

/**
 * Applies an event to its subject's profile and asks the rules. Must be called once for each event id: remembering which
 * were applied is the caller's part.
 */
export function applyEvent(before: Profile, event: EventEnvelope, context: ApplyContext): Applied {
  const { atMs, receivedAtMs } = timesOf(event);
  const profile: Profile = {
    ...seen(before, atMs),
    counts: recordEvent(before.counts, event.type, atMs),
    recent: [
      ...before.recent.filter((one) => isSettling(one, context)),
      { type: event.type, atMs, receivedAtMs, appliedAtMs: context.nowMs },
    ].slice(-LIMITS.recentEvents),
  };
  const rules = (context.rules.get(event.type) ?? []).map(({ rule }) => rule.id);
  const added = rules.length === 0 ? [] : [{ event, rules, appliedAtMs: context.nowMs }];
  return settle(profile, added, receivedAtMs, context);
}

/**
 * Applies a change of a subject's properties, and asks again the rules that may now hold for events accepted after it.
 *
 * @throws {PropertiesTooLargeError}
 */
export function applyUserProperties(before: Profile, change: UserProperties, context: ApplyContext): Applied {
  const { atMs, receivedAtMs } = timesOf(change);
  const { properties } = change;
  const profile: Profile = {
    ...seen(before, atMs),
    properties: applyProperties(before.properties, { properties, timestampMs: atMs, receivedAtMs }, context.nowMs),
  };
  return settle(profile, [], receivedAtMs, context);
}

/**
 * Asks the rules about `added`, and again about unsettled events accepted no earlier than the message just applied:
 * Pub/Sub keeps no order, least of all between topics, so what a rule looks for may arrive after the event that makes it
 * look. Decisions come out as if messages had arrived in the order in which they were accepted. (Where a
 * condition holds only while something is missing, such as `counts['a'].total == 0`, it is the order of arrival that
 * counts: a decision made is never taken back.)
 */
function settle(
  profile: Profile,
  added: readonly UnsettledEvent[],
  receivedAtMs: number,
  context: ApplyContext,
): Applied {
  const failures: RuleFailure[] = [];
  const unsettled: UnsettledEvent[] = [];
  const decisions: Decision[] = [];
  const asking: Asking = { evaluate: context.beginEvaluation(), context, bytesLeft: LIMITS.decisionsBytesPerMessage };
  let after = profile;
  const candidates = [...profile.unsettled.filter((one) => isSettling(one, context)), ...added];
  for (const candidate of candidates.sort(byAcceptance)) {
    if (Date.parse(candidate.event.received_at) < receivedAtMs) {
      unsettled.push(candidate);
      continue;
    }
    const asked = ask(after, candidate, asking);
    after = asked.profile;
    decisions.push(...asked.decisions);
    failures.push(...asked.failures);
    if (asked.undecided.length > 0) unsettled.push({ ...candidate, rules: asked.undecided });
  }
  if (decisions.length > 0) after = { ...after, decisions: fitting(after.decisions) };
  const { kept, dropped } = withinLimits(unsettled);
  failures.push(
    ...dropped.map((one) => ({ ...one, error: 'not asked again: too much waits for what may still arrive' })),
  );
  return { profile: { ...after, unsettled: kept }, decisions, failures };
}

/** What all rules asked about one message share. */
interface Asking {
  readonly evaluate: EvaluateRules;
  readonly context: ApplyContext;
  /** Of {@link LIMITS.decisionsBytesPerMessage}. */
  bytesLeft: number;
}

interface Asked {
  readonly profile: Profile;
  readonly decisions: readonly Decision[];
  readonly failures: readonly RuleFailure[];
  /** Ids of the rules that did not hold. */
  readonly undecided: readonly string[];
}

function ask(before: Profile, { event, rules }: UnsettledEvent, asking: Asking): Asked {
  const { evaluate, context } = asking;
  const facts = factsFor(event, before);
  const failures: RuleFailure[] = [];
  const undecided: string[] = [];
  const decisions: Decision[] = [];
  let profile = before;
  const asked = (context.rules.get(event.type) ?? []).filter(({ rule }) => rules.includes(rule.id));
  const verdicts = evaluate(asked, facts);
  for (const [i, compiled] of asked.entries()) {
    const { rule, cooldownMs } = compiled;
    const verdict = verdicts[i] ?? { holds: false };
    if ('error' in verdict) failures.push({ rule: rule.id, eventId: event.id, error: verdict.error });
    if (!('holds' in verdict && verdict.holds)) {
      undecided.push(rule.id);
    } else if (!isCoolingDown(profile, rule.id, timesOf(event).atMs, cooldownMs)) {
      const decision = decisionOf(compiled, event, context.nowMs);
      const bytes = Buffer.byteLength(JSON.stringify(decision));
      if (bytes > asking.bytesLeft) {
        const error = `not decided: the decisions of one message may take ${LIMITS.decisionsBytesPerMessage} bytes together`;
        failures.push({ rule: rule.id, eventId: event.id, error });
        undecided.push(rule.id);
        continue;
      }
      asking.bytesLeft -= bytes;
      profile = withDecision(profile, decision, timesOf(event).atMs);
      decisions.push(decision);
    }
  }
  return { profile, decisions, failures, undecided };
}

/**
 * A cooldown reaches both ways: an event that arrives late, from shortly before one that was decided about, is covered
 * by that decision too.
 */
function isCoolingDown(profile: Profile, rule: string, atMs: number, cooldownMs: number): boolean {
  return decisionTimes(profile, rule).some((decidedAtMs) => Math.abs(atMs - decidedAtMs) < cooldownMs);
}

function decisionOf({ rule }: CompiledRule, event: EventEnvelope, nowMs: number): Decision {
  return {
    id: decisionId(event, rule.id),
    tenant_id: event.tenant_id,
    ...(event.project_id === undefined ? {} : { project_id: event.project_id }),
    subject: event.subject,
    rule: rule.id,
    decide: rule.decide,
    ...(rule.params === undefined ? {} : { params: rule.params }),
    event_id: event.id,
    event_type: event.type,
    decided_at: new Date(nowMs).toISOString(),
  };
}

/** The same for the same event and rule, so that a decision published twice can be recognized. */
function decisionId({ tenant_id, project_id, subject, id }: EventEnvelope, rule: string): string {
  const digest = createHash('sha256').update(
    JSON.stringify([tenant_id, subject, id, rule, ...(project_id === undefined ? [] : [project_id])]),
  );
  return `dec_${digest.digest('base64url').slice(0, 32)}`;
}

function withDecision(profile: Profile, decision: Decision, atMs: number): Profile {
  const { [decision.rule]: _before, ...others } = profile.decidedAtMs;
  const times = [...decisionTimes(profile, decision.rule), atMs].slice(-LIMITS.decisionTimes);
  const decidedAtMs = { ...others, [decision.rule]: times };
  return {
    ...profile,
    decisions: [...profile.decisions.filter(({ rule }) => rule !== decision.rule), decision],
    decidedAtMs: Object.fromEntries(Object.entries(decidedAtMs).slice(-LIMITS.rules)),
  };
}

/** A rule's id may be the name of something that every object has. */
function decisionTimes({ decidedAtMs }: Profile, rule: string): readonly number[] {
  return Object.hasOwn(decidedAtMs, rule) ? (decidedAtMs[rule] ?? []) : [];
}

/** The newest of them that fit. */
function fitting(decisions: readonly Decision[]): readonly Decision[] {
  let bytes = 0;
  const first = decisions.findLastIndex((decision) => {
    bytes += Buffer.byteLength(JSON.stringify(decision));
    return bytes > LIMITS.decisionsBytes;
  });
  return decisions.slice(first + 1);
}

function isSettling({ appliedAtMs }: { readonly appliedAtMs: number }, { nowMs }: ApplyContext): boolean {
  return appliedAtMs > nowMs - SETTLING_MS;
}

function byAcceptance(a: UnsettledEvent, b: UnsettledEvent): number {
  return Date.parse(a.event.received_at) - Date.parse(b.event.received_at);
}
