// Completes classes, properties and prefixes from what the release has, which the page tells.
// Nothing is asked for, here or elsewhere: the editor's own completers ask other sites.
"use strict";

(() => {
  const page = window.SparqlPage;
  const {data, element, counted} = page;
  const SHORTEST = 2; // how many letters are looked for within names and labels

  /** The terms that fit what was typed: by IRI, else by a part of the local name or the label. */
  function fitting(terms, typed) {
    const wanted = typed.toLowerCase();
    const begins = terms.filter(term => term.iri.toLowerCase().startsWith(wanted));
    if (begins.length || wanted.length < SHORTEST) {
      return begins;
    }
    const has = term =>
      page.short(term.iri).toLowerCase().includes(wanted) ||
      term.label.toLowerCase().includes(wanted);
    return terms.filter(has);
  }

  /** The prefixes that a query may use: the well-known ones, and what it declares. */
  function prefixes(yasqe) {
    const known = Object.fromEntries(data.short.map(name => [name, data.prefixes[name]]));
    return {...known, ...yasqe.getPrefixesFromQuery()};
  }

  /** What was typed, as the beginning of an IRI or as a word to look for. */
  function wanted(yasqe, token) {
    const typed = token.string.trim();
    if (typed.startsWith("<")) {
      return typed.replace(/[<>]/g, "");
    }
    const [prefix, ...rest] = typed.split(":");
    const namespace = prefixes(yasqe)[prefix];
    return rest.length && namespace !== undefined ? namespace + rest.join(":") : typed;
  }

  function written(yasqe, iri) {
    for (const [prefix, namespace] of Object.entries(prefixes(yasqe))) {
      const name = iri.slice(namespace.length);
      if (iri.startsWith(namespace) && /^[A-Za-z0-9_](?:[\w-]*[\w])?$/.test(name)) {
        return `${prefix}:${name}`;
      }
    }
    return `<${iri}>`;
  }

  function completer(name, terms, noun) {
    const byText = new Map(terms.map(term => [term.iri, term]));
    return {
      name,
      bulk: false,
      // By itself the editor would show it behind every blank, and take Enter for a choice.
      autoShow: false,
      onInitialize: () => {},
      get: (yasqe, token) => fitting(terms, token.autocompletionString).map(term => term.iri),
      preProcessToken(yasqe, token) {
        token.autocompletionString = wanted(yasqe, token);
        if (!token.string.trim()) {
          // Nothing was typed yet: complete behind the blank, in the place of nothing.
          const {ch} = yasqe.getDoc().getCursor();
          token.from = {ch};
          token.to = {ch};
        }
        return token;
      },
      postProcessSuggestion: (_yasqe, _token, iri) => iri,
      postprocessHints: (yasqe, hints) =>
        hints.map(hint => {
          const term = byText.get(hint.text);
          hint.text = written(yasqe, term.iri);
          hint.render = item => {
            const about = [term.label, term.count && counted(term.count, ...noun)];
            item.append(
              element("span", {class: "name", text: hint.text}),
              element("small", {text: about.filter(Boolean).join(", ")}),
            );
          };
          return hint;
        }),
    };
  }

  /** Completes while a name is typed, too. */
  page.completeTyping = yasqe => {
    yasqe.on("inputRead", (_yasqe, change) => {
      const isVariable = /^[?$]/.test(yasqe.getCompleteToken().string);
      const isName = /[\w:]$/.test(change.text.join("")) && !isVariable;
      if (change.origin === "+input" && isName && !yasqe.state.completionActive) {
        yasqe.autocomplete();
      }
    });
  };

  /** Puts the page's completers in the place of the editor's. */
  page.replaceCompleters = Yasqe => {
    Yasqe.forkAutocompleter("class", completer("class", data.classes, ["instance", "instances"]));
    Yasqe.forkAutocompleter("property", {
      ...completer("property", data.properties, ["triple", "triples"]),
      isValidCompletionPosition(yasqe) {
        const token = yasqe.getCompleteToken();
        return !/^[?$]/.test(token.string) && token.state.possibleCurrent.includes("a");
      },
    });
    Yasqe.forkAutocompleter("prefixes", {
      name: "prefixes",
      persistenceId: null,
      get: () => Object.entries(data.prefixes).map(([name, iri]) => `${name}: <${iri}>`),
    });
  };
})();
