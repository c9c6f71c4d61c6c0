import type { KnownNode, QuestionContext } from '../sdk/definition.ts';
import { getAt, withAt, withoutAt } from '../bundle/paths-access.ts';
import { askSecret, refusedSecret, type SecretFiles } from './ask-secret.ts';
import { askQuestion, type FindImage } from './ask.ts';
import { answered, collect, noted, standing, type Open } from './collect.ts';
import { namedNodes, namesIn, nodeRows } from './nodes.ts';
import { WentBack, type Prompter } from './prompter.ts';
import { reconciled } from './reconcile.ts';
import { allRows, openRows } from './rows.ts';
import { answersOf, contextOf, secretInput, SECRET_FILES, type SecretSource, type Session } from './session.ts';
import { atStart, defaultImages, nextStep, type WizardStep, type Walk } from './walk.ts';

export interface WizardOptions {
  files: SecretFiles;
  findImage: FindImage;
  /** References of the images that the engine holds; none if it cannot be asked. */
  heldImages: () => Promise<readonly string[]>;
  /** Of the terminal. */
  columns: () => number;
}

const ALL = 'accept';

/** Asks a person, one question after the other, with a way back at each. */
export class Wizard {
  #walk: Walk;
  /** The walk at each question that was answered. */
  #past: Walk[] = [];
  /** What was chosen, picked and named where that is no answer of its own: offered again after a way back. */
  readonly #chosen = new Map<string, string>();
  #picked: readonly string[] | undefined;
  readonly #files = new Map<string, SecretSource>();
  readonly #prompter: Prompter;
  readonly #options: WizardOptions;

  constructor(session: Session, prompter: Prompter, options: WizardOptions) {
    this.#walk = atStart(session);
    this.#prompter = prompter;
    this.#options = options;
  }

  /** Asks until nothing is open. @returns the session with the defaults of all that was not asked */
  async complete(): Promise<Session> {
    for (;;) {
      const step = nextStep(this.#walk);
      const next = step === undefined || step.kind === 'others' ? nextStep(this.#walk, await this.#unfound()) : step;
      if (next === undefined) return collect(this.#walk.session, true).session;
      const taken = next.kind === 'question' ? await this.#taken(next) : undefined;
      if (taken) this.#walk = taken;
      else await this.#advance(() => this.#ask(next));
    }
  }

  /** Back to the question that was answered last, which offers that answer. @returns false if there is none */
  back(): boolean {
    const before = this.#past.pop();
    if (before) this.#walk = { ...before, session: { ...before.session, told: this.#walk.session.told } };
    return before !== undefined;
  }

  /** Asks which answer is to be changed; `complete` then asks for it. */
  async change(): Promise<void> {
    await this.#advance(async () => {
      const path = await this.#prompter.select({
        message: 'Which answer?',
        help: 'What follows from it is asked, or suggested anew.',
        back: true,
        choices: allRows(collect(this.#walk.session, true).session, this.#options.columns()),
      });
      return { ...this.#walk, session: standing(this.#walk.session, path), queue: [{ path, again: true }] };
    }, false);
  }

  /** Takes answers out that were refused, so that `complete` asks for them again. */
  replace(session: Session): void {
    this.#walk = { ...this.#walk, session };
  }

  get session(): Session {
    return this.#walk.session;
  }

  async #advance(ask: () => Promise<Walk>, isAnswer = true): Promise<void> {
    try {
      const next = await ask();
      if (isAnswer || next !== this.#walk) this.#past.push(this.#walk);
      this.#walk = next;
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      if (isAnswer) this.back();
    }
  }

  async #unfound(): Promise<Map<string, string>> {
    const images = defaultImages(this.#walk.session);
    const reasons = await Promise.all(images.map(this.#options.findImage));
    return new Map(images.flatMap((image, index) => (reasons[index] === undefined ? [] : [[image, reasons[index]]])));
  }

  async #ask(step: WizardStep): Promise<Walk> {
    const { walk } = step;
    const prompter = this.#prompter;
    switch (step.kind) {
      case 'question':
        return this.#askQuestion(step);
      case 'nodes':
        return { ...walk, session: { ...walk.session, nodes: await this.#askNodes(step) } };
      case 'choice': {
        const { message, help } = step.decision;
        const choices = step.choices.map(({ name, description }) => ({
          value: name,
          name,
          ...(description === undefined ? {} : { description }),
        }));
        const before = this.#chosen.get(message);
        const name = await prompter.select({
          message,
          help,
          back: true,
          choices,
          ...(before === undefined ? {} : { default: before }),
        });
        this.#chosen.set(message, name);
        const chosen = step.choices.find((each) => each.name === name);
        const given = Object.entries(chosen?.answers ?? {}).reduce(
          (tree, [path, value]) => withAt(tree, path, value),
          walk.session.given,
        );
        const queue = (chosen?.asks ?? []).map((path) => ({ path, again: false }));
        // What another choice says or would have asked is no answer to this one.
        const concerned = step.choices.flatMap(({ answers, asks = [] }) => [...Object.keys(answers), ...asks]);
        const gone = concerned.filter((path) => chosen?.asks?.includes(path) !== true);
        const told = gone.reduce((tree, path) => withoutAt(tree, path), walk.session.told ?? {});
        return { ...walk, session: { ...walk.session, given, told }, queue };
      }
      case 'others': {
        const path = await prompter.select({
          message:
            step.open.length === 1
              ? 'One more answer has this default'
              : `${step.open.length} more answers have these defaults`,
          help: 'Enter accepts; or pick one to change it.',
          back: true,
          choices: [{ value: ALL, name: 'accept' }, ...openRows(step.open, this.#options.columns())],
        });
        return path === ALL ? { ...walk, accepted: true } : { ...walk, queue: [{ path, again: true }] };
      }
    }
  }

  async #askQuestion({ open, at, walk }: WizardStep & { kind: 'question' }): Promise<Walk> {
    const { question } = open;
    const { session } = walk;
    const prompter = this.#prompter;
    if (open.why !== undefined && question.ask === 'image') prompter.say(`  ${open.why}.`);
    const input = secretInput(question);
    if (input === undefined) {
      const asked = await this.#suggesting(open, at);
      const value = await askQuestion(asked, at, prompter, this.#options.findImage);
      const { session: next, dropped } = reconciled(session, noted(answered(session, question, value), asked, value));
      for (const path of dropped) prompter.say(`  ${path} does not go with it, and is taken out.`);
      return { ...walk, session: next };
    }
    const next = await askSecret(question, input, session, prompter, {
      ...this.#options.files,
      before: this.#files.get(input),
    });
    const refused = await refusedSecret(question, next, this.#options.files);
    const named = next.secrets[input];
    if (named) this.#files.set(input, named);
    if (!refused) return { ...walk, session: next };
    for (const name of refused.inputs) this.#files.delete(name);
    prompter.say(`  ${refused.why}`);
    const kept = Object.entries(next.secrets).filter(([name]) => !refused.inputs.includes(name));
    const again = refused.inputs.map((name) => ({ path: `${SECRET_FILES}.${name}`, again: true }));
    // From the first file of the pair: either may be the wrong one.
    return { ...walk, session: { ...next, secrets: Object.fromEntries(kept) }, queue: [...again, ...walk.queue] };
  }

  /** The walk with the image that goes with the answers so far; undefined if it is to be asked for. */
  async #taken({ open, at, walk, again }: WizardStep & { kind: 'question' }): Promise<Walk | undefined> {
    const { question } = open;
    const { path, message } = question;
    const image =
      again === true ? undefined : await this.#present(open, at, (context) => question.goesWith?.(context) ?? []);
    if (image === undefined) return undefined;
    this.#prompter.say(`  ${message}: ${image}, which is there as well.`);
    return { ...walk, session: { ...walk.session, given: withAt(walk.session.given, path, image) } };
  }

  /** An image that may be it and is there, in place of the default. */
  async #suggesting(open: Open, at: Session): Promise<Open> {
    const { question } = open;
    const image = await this.#present(open, at, async (context) => [
      ...(question.goesWith?.(context) ?? []),
      ...(question.candidates?.(context, await this.#options.heldImages()) ?? []),
    ]);
    return image === undefined ? open : { ...open, default: image };
  }

  /** The first image of a list that a registry gives or the engine holds. */
  async #present(
    { question }: Open,
    at: Session,
    list: (context: QuestionContext) => readonly string[] | Promise<readonly string[]>,
  ): Promise<string | undefined> {
    // Without a swarm nobody can say that an image is there.
    if (question.ask !== 'image' || !at.swarmNodes) return undefined;
    if ([at.given, at.told ?? {}].some((tree) => getAt(tree, question.path) !== undefined)) return undefined;
    for (const image of await list(contextOf(answersOf(at), at.nodes)))
      if ((await this.#options.findImage(image)) === undefined) return image;
    return undefined;
  }

  async #askNodes({ decision, walk }: WizardStep & { kind: 'nodes' }): Promise<KnownNode[]> {
    const { message, help } = decision;
    const known = walk.session.swarmNodes ?? [];
    const back = true;
    if (known.length === 0) {
      const typed = await this.#prompter.text({
        message,
        help: `${help} Their host names, with commas.`,
        back,
        check: (text) => (namesIn(text).length === 0 ? 'name at least one' : undefined),
        ...(this.#picked === undefined ? {} : { default: this.#picked.join(', ') }),
      });
      this.#picked = namesIn(typed);
      return namedNodes(this.#picked, undefined);
    }
    const usual = known
      .filter((node) => node.state === 'ready' && node.availability === 'active')
      .map(({ hostname }) => hostname);
    const picked = await this.#prompter.checkbox({
      message,
      help,
      back,
      choices: nodeRows(known).map(({ value, row }) => ({ value, name: row })),
      checked: [...(this.#picked ?? usual)],
      arrange: (values) => values,
      check: (values) => (values.length === 0 ? 'pick at least one' : undefined),
    });
    this.#picked = picked;
    return namedNodes(picked, known);
  }
}
