/** What is being written: the text, whom it is for, what it answers or changes, and what Tab offers. */

import type { Client } from "$client/api";
import { conversationKey, type Conversation, type Message } from "$client/model";
import { parseLine } from "$wire/typed-line";
import type { Desk } from "$view/state/desk.svelte";
import { completed, completionsAt, type Completion, type Completions } from "$view/state/completion";
import { targetOf, targetOfLine, textOf, type Target, type TargetFacts } from "$view/state/target";

/** What Enter does with a plain text. */
export type ComposerMode =
  | { readonly type: "new" }
  | { readonly type: "reply"; readonly message: Message }
  | { readonly type: "edit"; readonly message: Message };

const NEW: ComposerMode = { type: "new" };
const NO_COMPLETIONS: Completions = { start: 0, items: [] };

export class Composer {
  text = $state("");
  caret = $state(0);
  mode = $state.raw<ComposerMode>(NEW);
  completions = $state.raw<Completions>(NO_COMPLETIONS);
  chosen = $state(0);
  /** The person went to a choice with the arrow keys. */
  #hasChosen = false;
  /** Grows when the text area should take the focus. */
  focusWanted = $state(0);
  readonly target: Target = $derived.by(() => targetOf(this.text, this.#facts()));
  readonly conversation: Conversation;
  readonly #client: Client;
  readonly #desk: Desk;
  #beforeEdit = "";
  /** Whether what stands here was typed here, and is no draft of another device. */
  #isTyped = false;

  constructor(desk: Desk, conversation: Conversation) {
    this.#desk = desk;
    this.#client = desk.client;
    this.conversation = conversation;
    this.text = desk.client.draft(conversation);
    this.caret = this.text.length;
  }

  // --- typing ---------------------------------------------------------------------------------

  /** The person has changed the text. */
  typed(text: string, caret: number): void {
    this.text = text;
    this.caret = caret;
    this.#isTyped = true;
    this.#offer();
    this.#client.touched();
    if (this.mode.type === "edit") return;
    this.#keepDraft();
    const isMessage = this.target.type === "send" && !this.target.isElsewhere;
    this.#client.typing(this.conversation, { isTyping: isMessage && text.trim() !== "" });
  }

  /** Put a text in at the caret. */
  insert(text: string): void {
    const head = this.text.slice(0, this.caret) + text;
    this.typed(head + this.text.slice(this.caret), head.length);
    this.closeCompletions();
    this.focus();
  }

  /** Another device of ours has changed the draft; what is being typed here stays. */
  draftChanged(text: string): void {
    if (this.mode.type === "edit" || (this.#isTyped && this.text !== "")) return;
    this.text = text;
    this.caret = text.length;
  }

  focus(): void {
    this.focusWanted += 1;
  }

  // --- completion -----------------------------------------------------------------------------

  get isCompleting(): boolean {
    return this.completions.items.length > 0;
  }

  /** Go to another choice. */
  choose(step: 1 | -1): void {
    const count = this.completions.items.length;
    this.chosen = (this.chosen + step + count) % count;
    this.#hasChosen = true;
  }

  /** Take the chosen one, or the one given. False: nothing is offered. */
  complete(choice: Completion | undefined = this.completions.items[this.chosen]): boolean {
    if (choice === undefined) return false;
    const result = completed(this.text, this.caret, this.completions.start, choice);
    this.typed(result.text, result.caret);
    this.closeCompletions();
    return true;
  }

  /**
   * Whether Enter takes the choice: only where it would change what is typed (a whole command is run at once), and
   * not for a lone sign (`#` alone opens everyone) unless somebody has gone to a choice.
   */
  get isChoiceTaken(): boolean {
    const choice = this.completions.items[this.chosen];
    const word = this.text.slice(this.completions.start, this.caret);
    if (choice === undefined || choice.insert.trim() === word) return false;
    return word.length > 1 || this.#hasChosen;
  }

  closeCompletions(): void {
    this.completions = NO_COMPLETIONS;
  }

  #offer(): void {
    this.completions = completionsAt(this.text, this.caret, this.#desk.completionSources());
    this.chosen = 0;
    this.#hasChosen = false;
  }

  // --- answering and changing -----------------------------------------------------------------

  reply(message: Message): void {
    this.#leaveEdit();
    this.mode = { type: "reply", message };
    this.focus();
  }

  edit(message: Message): void {
    if (this.mode.type !== "edit") this.#beforeEdit = this.text;
    this.mode = { type: "edit", message };
    this.text = message.text;
    this.caret = message.text.length;
    this.focus();
  }

  /** Leave reply or edit; false: there was nothing to leave. */
  leaveMode(): boolean {
    if (this.isCompleting) {
      this.closeCompletions();
      return true;
    }
    if (this.mode.type === "new") return false;
    this.#leaveEdit();
    this.mode = NEW;
    return true;
  }

  #leaveEdit(): void {
    if (this.mode.type === "edit") this.text = this.#beforeEdit;
    this.#beforeEdit = "";
  }

  // --- sending --------------------------------------------------------------------------------

  /** Do what Enter does. What was refused stays in the composer, and says why. */
  async submit(): Promise<void> {
    this.closeCompletions();
    const text = this.text;
    if (text.trim() === "") return;
    const mode = this.mode;
    this.#clear();
    try {
      if (mode.type === "edit") await this.#client.edit(mode.message.id, text.trimEnd());
      else await this.#run(text, mode);
    } catch (error) {
      this.#restore(text, mode);
      this.#desk.notices.error(error);
    }
  }

  async #run(text: string, mode: ComposerMode): Promise<void> {
    this.#desk.foldNow();
    const line = parseLine(text, this.#desk.facts.myRoomNames);
    if (line.type === "command") return this.#desk.runCommand(line);
    const target = targetOfLine(line, this.#facts());
    if (target.type === "open") this.#desk.open(target.conversation);
    else if (target.type === "send") await this.#send(target, textOf(line), mode);
  }

  async #send(target: Target & { readonly type: "send" }, text: string, mode: ComposerMode): Promise<void> {
    const options = mode.type === "reply" && !target.isElsewhere ? { replyTo: mode.message.id } : {};
    await this.#client.send(target.conversation, text, options);
    if (target.isElsewhere) this.#desk.sentElsewhere(target.conversation);
    else await this.#desk.showNewest();
  }

  #clear(): void {
    this.#isTyped = false;
    const before = this.#beforeEdit;
    const wasEdit = this.mode.type === "edit";
    this.mode = NEW;
    this.text = wasEdit ? before : "";
    this.caret = this.text.length;
    this.#beforeEdit = "";
    if (!wasEdit) {
      this.#keepDraft();
      this.#client.typing(this.conversation, { isTyping: false });
    }
  }

  // Whoever typed on meanwhile keeps both.
  #restore(text: string, mode: ComposerMode): void {
    const typedSince = this.text;
    this.mode = mode;
    if (mode.type === "edit") this.#beforeEdit = typedSince;
    this.text = mode.type === "edit" || typedSince === "" ? text : `${text}\n${typedSince}`;
    this.caret = this.text.length;
    if (mode.type !== "edit") this.#keepDraft();
  }

  #keepDraft(): void {
    try {
      this.#client.setDraft(this.conversation, this.text);
    } catch (error) {
      this.#desk.notices.error(error);
    }
  }

  #facts(): TargetFacts {
    return {
      current: this.conversation,
      rooms: this.#desk.facts.myRoomNames,
      find: (target) => this.#client.conversation(target),
    };
  }

  get key(): string {
    return conversationKey(this.conversation);
  }
}
