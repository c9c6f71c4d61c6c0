/** What the wizard asks a person with; prompts.ts draws it on a terminal, tests answer by hand. */
export interface Prompter {
  /** Free text. `check` gives the reason why a text is refused. */
  text(ask: {
    message: string;
    help: string;
    default?: string;
    check: (text: string) => Promise<string | undefined> | string | undefined;
  }): Promise<string>;
  confirm(ask: { message: string; help?: string; default: boolean }): Promise<boolean>;
  select(ask: { message: string; help: string; choices: Choice[]; default?: string }): Promise<string>;
  /** Several of a list. `arrange` puts them in the order in which they count. */
  checkbox(ask: {
    message: string;
    help: string;
    choices: Choice[];
    checked: string[];
    arrange: (values: string[]) => string[];
    check: (values: string[]) => string | undefined;
  }): Promise<string[]>;
  /** One line that is not shown. */
  hidden(ask: { message: string; help: string; check: (text: string) => string | undefined }): Promise<string>;
  /** A line between questions. */
  say(line: string): void;
}

export interface Choice {
  value: string;
  name: string;
  description?: string;
}
