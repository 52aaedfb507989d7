/** A line that offers options while one types: whether they are open, which one is meant, and its keys. */

interface Behaviour<T> {
  /** What is offered for a text. */
  options: () => readonly T[];
  choose: (option: T) => void;
  /** Enter without an option that is meant. */
  run?: () => void;
  /** The first option is meant from the start; else none is until an arrow key says so. */
  first?: boolean;
}

export class Combobox<T> {
  text = $state("");
  open = $state(false);
  active = $state(-1);
  readonly #behaviour: Behaviour<T>;
  readonly #least: 0 | -1;

  constructor(behaviour: Behaviour<T>) {
    this.#behaviour = behaviour;
    this.#least = behaviour.first ? 0 : -1;
    this.active = this.#least;
  }

  /** Attributes and events of the field, whose list has an id and options `id-0`, `id-1` ... */
  field(list: string): {
    type: "text";
    role: "combobox";
    autocomplete: "off";
    autocapitalize: "off";
    spellcheck: false;
    "aria-autocomplete": "list";
    "aria-controls": string;
    "aria-expanded": boolean;
    "aria-activedescendant": string | undefined;
    oninput: () => void;
    onfocus: () => void;
    onblur: () => void;
    onkeydown: (event: KeyboardEvent) => void;
  } {
    const count = this.#behaviour.options().length;
    return {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: false,
      "aria-autocomplete": "list",
      "aria-controls": list,
      "aria-expanded": count > 0,
      "aria-activedescendant": this.active >= 0 && this.active < count ? `${list}-${this.active}` : undefined,
      oninput: () => {
        this.open = true;
        this.active = this.#least;
      },
      onfocus: () => (this.open = true),
      onblur: () => (this.open = false),
      onkeydown: (event) => this.#onkeydown(event),
    };
  }

  /** Take an option: the list closes. */
  take(option: T): void {
    this.close();
    this.#behaviour.choose(option);
  }

  close(): void {
    this.open = false;
    this.active = this.#least;
  }

  #onkeydown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const options = this.#behaviour.options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.open = true;
      // Where no option need be meant, none is one of the steps.
      const count = Math.max(1, options.length - this.#least);
      const move = event.key === "ArrowDown" ? 1 : -1;
      this.active = ((this.active - this.#least + move + count) % count) + this.#least;
    } else if (event.key === "Escape") {
      if (this.open) event.stopPropagation();
      this.close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const option = options[this.active];
      if (option !== undefined) this.take(option);
      else this.#behaviour.run?.();
    }
  }
}
