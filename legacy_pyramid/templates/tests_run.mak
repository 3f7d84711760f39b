<%inherit file="base.mak"/>
<%def name="title()">Create new test</%def>
<%def name="scripts()">
    <script src="${layout.static_url('js/new_test.js')}" defer></script>
</%def>
<%
    sprt, spsa = args.get("sprt", {}), args.get("spsa", {})
    rule = "spsa" if spsa else "sprt" if sprt or not is_rerun else "games"
%>
      <h1>${"Create new test" if not is_rerun else "Repeat a test"}</h1>
% if master_info:
      <p class="quiet" id="master-info">Master: ${master_info["message"].splitlines()[0]}, bench ${master_info["bench"]}, ${master_info["date"]}</p>
% endif
% if offline:
      <p class="quiet" id="offline">This server asks GitHub nothing: give signature, info and commits yourself.</p>
% endif
      <form method="POST" class="new-test" id="new-test">
        <div class="presets" role="group" aria-label="Usual tests">
          <button type="button" data-preset='{"tc": "10+0.1", "threads": 1, "hash": 16, "elo0": 0.0, "elo1": 2.0}'>STC</button>
          <button type="button" data-preset='{"tc": "60+0.6", "threads": 1, "hash": 64, "elo0": 0.5, "elo1": 2.5}'>LTC</button>
          <button type="button" data-preset='{"tc": "5+0.05", "threads": 8, "hash": 64, "elo0": 0.0, "elo1": 2.0}'>STC SMP</button>
          <button type="button" data-preset='{"tc": "20+0.2", "threads": 8, "hash": 256, "elo0": 0.5, "elo1": 2.5}'>LTC SMP</button>
          <button type="button" data-preset='{"tc": "60+0.6", "threads": 1, "hash": 64, "games": 60000}' data-base="${pt_info["pt_branch"]}" data-signature="${pt_info["pt_bench"]}">Progression against ${pt_info["pt_version"]}</button>
        </div>
        <fieldset>
          <legend>Engines</legend>
          <label for="tests-repo">Test repository</label>
          <input id="tests-repo" name="tests-repo" type="url" value="${args.get("tests_repo", tests_repo)}" placeholder="https://github.com/OWNER/Stockfish" required>
          <div class="sides">
            <div>
              <label for="test-branch">Test branch</label>
              <input id="test-branch" name="test-branch" value="${args.get("new_tag", "")}" required>
              <label for="test-signature">Test signature</label>
              <input id="test-signature" name="test-signature" inputmode="numeric" value="${args.get("new_signature", "")}" placeholder="${"" if offline else "from the commit's message"}" ${"required" if offline else ""}>
              <label for="new-options">Test options</label>
              <input id="new-options" name="new-options" value="${args.get("new_options", "Hash=16")}" required>
            </div>
            <div>
              <label for="base-branch">Base branch</label>
              <input id="base-branch" name="base-branch" value="${args.get("base_tag", "master")}" required>
              <label for="base-signature">Base signature</label>
              <input id="base-signature" name="base-signature" inputmode="numeric" value="${args.get("base_signature", master_info["bench"] if master_info else "")}" required>
              <label for="base-options">Base options</label>
              <input id="base-options" name="base-options" value="${args.get("base_options", "Hash=16")}" required>
            </div>
          </div>
% if offline:
          <div class="sides">
% for side, name in (("new", "Test"), ("base", "Base")):
            <div>
              <label for="resolved-${side}">${name} commit</label>
              <input id="resolved-${side}" name="resolved_${side}" value="${args.get("resolved_" + side, "")}" pattern="[0-9a-f]{40}" placeholder="40 hexadecimal digits" required>
              <label for="msg-${side}">${name} message</label>
              <input id="msg-${side}" name="msg_${side}" value="${args.get("msg_" + side, "")}">
            </div>
% endfor
          </div>
% elif is_rerun:
% for name in ("resolved_new", "resolved_base", "msg_new", "msg_base"):
          <input type="hidden" class="resolved" name="${name}" value="${args[name]}">
% endfor
% endif
% if is_rerun:
          <input type="hidden" name="rescheduled_from" value="${rescheduled_from}">
% endif
          <label for="run-info">Info</label>
          <textarea id="run-info" name="run-info" rows="4" placeholder="${"" if offline else "from the commit's message"}" ${"required" if offline else ""}>${args.get("info", "")}</textarea>
        </fieldset>
        <fieldset>
          <legend>Games</legend>
          <div class="sides">
            <div>
              <label for="tc">Time control</label>
              <input id="tc" name="tc" value="${args.get("tc", "10+0.1")}" required>
              <label class="choice"><input type="checkbox" name="odds" id="odds" ${"checked" if args.get("tc") != args.get("new_tc") else ""}> Time odds</label>
              <label for="new_tc">Time control of the test side, with odds</label>
              <input id="new_tc" name="new_tc" value="${args.get("new_tc", "10+0.1")}">
              <label for="threads">Threads</label>
              <input id="threads" name="threads" type="number" min="1" value="${args.get("threads", 1)}" required>
            </div>
            <div>
              <label for="book">Opening book</label>
              <input id="book" name="book" list="books" value="${args.get("book", "UHO_Lichess_4852_v1.epd")}" required>
              <datalist id="books">
% for book in valid_books:
                <option value="${book}"></option>
% endfor
              </datalist>
              <label for="book-depth">Book depth</label>
              <input id="book-depth" name="book-depth" value="${args.get("book_depth", "8")}" required>
              <label class="choice"><input type="checkbox" name="adjudication" ${"checked" if not args.get("adjudication", True) else ""}> Play every game to its end</label>
              <label class="choice"><input type="checkbox" name="auto-purge" ${"checked" if args.get("auto_purge", True) else ""}> Purge bad workers at the end</label>
            </div>
          </div>
        </fieldset>
        <fieldset>
          <legend>End of the test</legend>
          <div class="presets" role="radiogroup" aria-label="Stop rule">
            <label class="choice"><input type="radio" name="stop_rule" value="sprt" ${"checked" if rule == "sprt" else ""}> SPRT</label>
            <label class="choice"><input type="radio" name="stop_rule" value="games" ${"checked" if rule == "games" else ""}> Number of games</label>
            <label class="choice"><input type="radio" name="stop_rule" value="spsa" ${"checked" if rule == "spsa" else ""}> SPSA</label>
          </div>
          <div class="rule" data-rules="sprt">
            <label for="sprt_elo0">Elo 0</label>
            <input id="sprt_elo0" name="sprt_elo0" type="number" step="any" value="${sprt.get("elo0", 0.0)}">
            <label for="sprt_elo1">Elo 1</label>
            <input id="sprt_elo1" name="sprt_elo1" type="number" step="any" value="${sprt.get("elo1", 2.0)}">
            <input type="hidden" name="elo_model" value="normalized">
          </div>
          <div class="rule" data-rules="games spsa">
            <label for="num-games">Number of games</label>
            <input id="num-games" name="num-games" type="number" min="1" max="3200000" value="${args.get("num_games", 60000)}">
          </div>
          <div class="rule" data-rules="spsa">
            <label for="spsa_A">A, as a share of the iterations</label>
            <input id="spsa_A" name="spsa_A" type="number" step="any" min="0" value="${spsa.get("A", 0.1)}">
            <label for="spsa_alpha">Alpha</label>
            <input id="spsa_alpha" name="spsa_alpha" type="number" step="any" value="${spsa.get("alpha", 0.602)}">
            <label for="spsa_gamma">Gamma</label>
            <input id="spsa_gamma" name="spsa_gamma" type="number" step="any" value="${spsa.get("gamma", 0.101)}">
            <label for="spsa_raw_params">Parameters, one a line: name,start,min,max,c_end,r_end</label>
            <textarea id="spsa_raw_params" name="spsa_raw_params" rows="6">${spsa.get("raw_params", "")}</textarea>
          </div>
        </fieldset>
        <fieldset>
          <legend>Machines</legend>
          <div class="sides">
            <div>
              <label for="priority">Priority</label>
              <input id="priority" name="priority" type="number" value="${args.get("priority", 0)}" required>
              <label for="throughput">Throughput in percent</label>
              <input id="throughput" name="throughput" type="number" value="${args.get("throughput", 100)}" required>
            </div>
            <div>
              <label class="choice"><input type="checkbox" name="checkbox-arch-filter" id="checkbox-arch-filter" ${"checked" if "arch_filter" in args else ""}> Only some architectures</label>
              <label for="arch-filter">Regular expression</label>
              <input id="arch-filter" name="arch-filter" list="arches" value="${args.get("arch_filter", "")}">
              <datalist id="arches">
% for arch in supported_arches:
                <option value="^${arch}$"></option>
% endfor
              </datalist>
              <label class="choice"><input type="checkbox" name="checkbox-compiler" id="checkbox-compiler" ${"checked" if "compiler" in args else ""}> Only one compiler</label>
              <label for="compiler">Compiler</label>
              <select id="compiler" name="compiler">
% for compiler in supported_compilers:
                <option value="${compiler}" ${"selected" if compiler == args.get("compiler") else ""}>${compiler}</option>
% endfor
              </select>
            </div>
          </div>
        </fieldset>
        <button type="submit" id="submit-test">Submit test</button>
      </form>
