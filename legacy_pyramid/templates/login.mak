<%inherit file="base.mak"/>
<%def name="title()">Login</%def>
      <section class="narrow">
        <h1>Login</h1>
        <form method="POST">
          <label for="login-username">Username</label>
          <input id="login-username" name="username" autocomplete="username" autofocus required>
          <label for="login-password">Password</label>
          <input id="login-password" name="password" type="password" autocomplete="current-password" required>
          <label class="choice"><input type="checkbox" name="stay_logged_in" value="1"> Remember me</label>
          <button type="submit">Log in</button>
        </form>
      </section>
