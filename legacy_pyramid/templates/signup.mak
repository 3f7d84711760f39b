<%inherit file="base.mak"/>
<%def name="title()">Sign up</%def>
<%def name="scripts()">\
    <script src="https://www.google.com/recaptcha/api.js" async defer></script>
</%def>
      <section class="narrow">
        <h1>Sign up</h1>
        <p class="quiet">A person looks at every new account before it can be used.</p>
        <form method="POST">
          <input type="hidden" name="csrf_token" value="${layout.csrf_token}">
          <label for="signup-username">Username: letters and digits</label>
          <input id="signup-username" name="username" autocomplete="username" autofocus required pattern="[A-Za-z0-9]{2,}">
          <label for="signup-password">Password, hard to guess</label>
          <input id="signup-password" name="password" type="password" autocomplete="new-password" maxlength="72" required>
          <label for="signup-password2">The same password again</label>
          <input id="signup-password2" name="password2" type="password" autocomplete="new-password" maxlength="72" required>
          <label for="signup-email">Email</label>
          <input id="signup-email" name="email" type="email" autocomplete="email" required>
          <label for="signup-repo">Repository of your tests (you can add it later)</label>
          <input id="signup-repo" name="tests_repo" type="url" placeholder="https://github.com/username/Stockfish">
          <div class="g-recaptcha" data-sitekey="${captcha_site_key}"></div>
          <button type="submit">Sign up</button>
        </form>
      </section>
