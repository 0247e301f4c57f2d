# What the mocked provider answers where the tests compare more than "the same as there".

mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}
