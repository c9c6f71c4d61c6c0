/** What the wizard asks a person with; prompts.ts draws it on a terminal, tests answer by hand. */
export interface Prompter {
  /** Free text. `check` gives the reason why a text is refused. */
  text(
    ask: Ask & { default?: string; check: (text: string) => Promise<string | undefined> | string | undefined },
  ): Promise<string>;
  confirm(ask: Ask & { default: boolean }): Promise<boolean>;
  select(ask: Ask & { choices: Choice[]; default?: string }): Promise<string>;
  /** Several of a list. `arrange` puts them in the order in which they count. */
  checkbox(
    ask: Ask & {
      choices: Choice[];
      checked: string[];
      arrange: (values: string[]) => string[];
      check: (values: string[]) => string | undefined;
    },
  ): Promise<string[]>;
  /** One line that is not shown. */
  hidden(ask: Ask & { check: (text: string) => string | undefined }): Promise<string>;
  /** A line between questions. */
  say(line: string): void;
}

export interface Ask {
  message: string;
  help?: string;
  /** Esc goes back to the question before: the promise rejects with `WentBack`. */
  back?: boolean;
}

export interface Choice {
  value: string;
  name: string;
  description?: string;
}

/** The person wants the question before. */
export class WentBack extends Error {}
